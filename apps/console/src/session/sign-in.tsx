import { Alert, Anchor, Button, Code, Paper, Stack, Text, Textarea, Title } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { ApiFailure, request } from '../api/api';
import { useSession } from './session';

/** The token comes from the company's identity provider, or from `npm run -s token` on a developer's machine. */
export function SignIn() {
  const { signIn, endedBecause } = useSession();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [checking, setChecking] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setChecking(true);
    setProblem(null);
    try {
      await request('GET', '/external-services/status', token.trim());
      if (!signIn(token)) setProblem('This is not a token: it should have three parts separated by dots.');
    } catch (error) {
      setProblem(error instanceof ApiFailure ? problemOf(error) : 'The token could not be checked.');
    } finally {
      setChecking(false);
    }
  };

  return (
    <Stack component="main" align="center" justify="center" mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={480}>
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <div>
              <Title order={1} size="h2">
                Signalbox
              </Title>
              <Text c="dimmed">Every call to the right provider node</Text>
            </div>
            {endedBecause !== null && (
              <Alert color="yellow" icon={<IconInfoCircle aria-hidden />} title="You were signed out">
                {endedBecause}
              </Alert>
            )}
            <Textarea
              label="Token"
              description="It stays in this tab and is gone when the tab is closed."
              placeholder="eyJ…"
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
              error={problem}
              minRows={4}
              autosize
              required
              autoFocus
              spellCheck={false}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            />
            <Button type="submit" loading={checking} disabled={token.trim() === ''}>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              On a developer’s machine <Code>npm run -s token -- --role admin</Code> prints one. The API is
              described at{' '}
              <Anchor href="/docs" underline="always">
                /docs
              </Anchor>
              .
            </Text>
          </Stack>
        </form>
      </Paper>
    </Stack>
  );
}

function problemOf({ status, message }: ApiFailure): string {
  if (status === 401) return `The token is not taken: ${message}`;
  if (status === 403)
    return 'The token’s role may not look at Signalbox: it needs to be user, manager or admin.';
  return message;
}
