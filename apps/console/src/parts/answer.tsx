import { Alert, Button, Center, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ApiFailure } from '../api/api';
import { words } from './figures';

interface AnswerProps<T> {
  /** A query of `useApi`, or a list of `usePages`. */
  query: {
    data: T | undefined;
    error: ApiFailure | null;
    isPending: boolean;
    refetch: () => unknown;
  };
  /** What is said when there is nothing; absent where something is always there. */
  empty?: { when: (data: T) => boolean; say: string };
  children: (data: T) => ReactNode;
}

/** What the server said, or that it has not yet, or why not: an error never hides what was known before. */
export function Answer<T>({ query, empty, children }: AnswerProps<T>) {
  const { data, error, isPending, refetch } = query;
  return (
    <>
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {isPending && error === null && <Waiting />}
      {data !== undefined && (empty?.when(data) === true ? <Nothing>{empty.say}</Nothing> : children(data))}
    </>
  );
}

export function Failed({ error, again }: { error: ApiFailure; again?: () => void }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={words(error.code)} mb="md">
      <Group justify="space-between">
        <Stack gap={0}>
          <span>{error.message}</span>
          {error.correlationId !== null && (
            <Text size="xs" c="dimmed">
              Correlation id {error.correlationId}
            </Text>
          )}
        </Stack>
        {again !== undefined && (
          <Button size="xs" variant="default" onClick={again}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

export function Nothing({ children }: { children: ReactNode }) {
  return (
    <Center p="xl">
      <Text c="dimmed">{children}</Text>
    </Center>
  );
}

export function Waiting() {
  return (
    <Stack role="status" aria-busy aria-label="Loading">
      <Skeleton height={64} />
      <Skeleton height={64} />
      <Skeleton height={64} />
    </Stack>
  );
}
