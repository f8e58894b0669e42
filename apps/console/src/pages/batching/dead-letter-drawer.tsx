import { Alert, Code, Drawer, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { BatchDeadLetterView } from '@signalbox/contracts';
import { useApi } from '../../api/use-api';
import { useChange } from '../../api/use-change';
import { Figure } from '../../parts/amounts';
import { Answer, Nothing } from '../../parts/answer';
import { ConfirmButton } from '../../parts/confirm-button';
import { count, ms, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { REASONS } from './words';

const DEAD_LETTERS = '/admin/batch-dead-letters';

interface DeadLetterDrawerProps {
  /** Null when none is looked at. */
  requestId: string | null;
  close: () => void;
}

/** One dead letter with its payload, and what can be done with it. */
export function DeadLetterDrawer({ requestId, close }: DeadLetterDrawerProps) {
  return (
    <Drawer
      opened={requestId !== null}
      onClose={close}
      position="right"
      size="lg"
      title="Dead letter"
      overlayProps={{ backgroundOpacity: 0.2 }}
    >
      {requestId !== null && <Letter key={requestId} requestId={requestId} close={close} />}
    </Drawer>
  );
}

function Letter({ requestId, close }: { requestId: string; close: () => void }) {
  const letter = useApi<BatchDeadLetterView>(`${DEAD_LETTERS}/${encodeURIComponent(requestId)}`);
  if (letter.error?.status === 404) {
    return (
      <Nothing>{requestId} is not among the dead letters any more: it was replayed or discarded.</Nothing>
    );
  }
  return (
    <Answer query={letter}>
      {(found) => (
        <Stack>
          <Title order={2} size="h4">
            {serviceTitle(found.serviceName)} {words(found.operation).toLowerCase()}
          </Title>
          {found.error !== null && (
            <Alert
              color="red"
              variant="light"
              title={REASONS[found.error.reason]?.title ?? words(found.error.reason)}
            >
              {found.error.message}
              <Text size="xs" mt={4}>
                {REASONS[found.error.reason]?.says}.
              </Text>
            </Alert>
          )}
          <SimpleGrid cols={{ base: 2, sm: 3 }}>
            <Figure label="Priority" value={words(found.priority)} />
            <Figure label="Accepted" value={<Time iso={found.acceptedAt} />} />
            <Figure label="Ended" value={<Time iso={found.endedAt} />} />
            <Figure label="Waited" value={ms(found.waitMs)} why="From acceptance until it first left" />
            <Figure label="Attempts" value={count(found.attempts)} />
            <Figure label="Replays" value={count(found.replays)} />
          </SimpleGrid>
          <Ids letter={found} />
          {found.result !== null && (
            <Json title={`Answered ${found.result.statusCode}`} value={found.result.body} />
          )}
          <Json title="Payload" value={found.payload} />
          <Actions letter={found} close={close} />
        </Stack>
      )}
    </Answer>
  );
}

function Ids({ letter }: { letter: BatchDeadLetterView }) {
  const ids = {
    Request: letter.requestId,
    Tenant: letter.tenant,
    'Idempotency key': letter.idempotencyKey,
    Batch: letter.batchId,
    Node: letter.nodeId,
    'Correlation id': letter.correlationId,
  };
  return (
    <Stack gap={4}>
      {Object.entries(ids).map(([title, value]) => (
        <Group key={title} gap="xs">
          <Text size="xs" c="dimmed" w={110}>
            {title}
          </Text>
          {value === null ? (
            <Text size="xs">none</Text>
          ) : (
            <Code style={{ wordBreak: 'break-all' }}>{value}</Code>
          )}
        </Group>
      ))}
    </Stack>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      <Code block mah={320} style={{ overflow: 'auto' }} tabIndex={0} aria-label={title}>
        {JSON.stringify(value, null, 2)}
      </Code>
    </div>
  );
}

function Actions({ letter, close }: { letter: BatchDeadLetterView; close: () => void }) {
  const { requestId, error } = letter;
  const may = useMayChange();
  const act = useChange<'replay' | 'discard'>(
    'POST',
    (verb) => `${DEAD_LETTERS}/${encodeURIComponent(requestId)}/${verb}`,
    {
      body: () => null,
      refreshes: [DEAD_LETTERS, '/external-services/batch-queue'],
      done: (_, verb) =>
        verb === 'replay' ? 'It waits for a batch again' : 'It is discarded: it ended without a result',
    },
  );
  if (!may) {
    return (
      <Text size="sm" c="dimmed">
        An admin can replay or discard it.
      </Text>
    );
  }
  const isRisky = error?.reason === 'outcome_unknown';
  return (
    <Group gap="xs" justify="flex-end">
      <ConfirmButton
        title="Discard this request?"
        danger
        confirm="Discard it"
        loading={act.isPending}
        onConfirm={() => act.mutate('discard', { onSuccess: close })}
        says="It ends for good, without a result. Whoever asks for it is told that it was discarded."
      >
        Discard
      </ConfirmButton>
      <ConfirmButton
        title="Replay this request?"
        variant="filled"
        confirm="Replay it"
        danger={isRisky}
        loading={act.isPending}
        onConfirm={() => act.mutate('replay', { onSuccess: close })}
        says={
          isRisky
            ? 'Nobody knows whether it was carried out. Replayed, it may be done twice, unless the provider goes by its idempotency key.'
            : 'It waits for a batch again, with all its attempts before it.'
        }
      >
        Replay
      </ConfirmButton>
    </Group>
  );
}
