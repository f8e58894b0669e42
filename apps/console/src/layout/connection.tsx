import { Alert, Badge, Button, Group } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useLive } from '../live/live';

/** A moment of reconnecting is nothing to be told of. */
const PATIENCE_MS = 2_000;

export function ConnectionDot() {
  const { state } = useLive();
  const live = state.state === 'live';
  return (
    <Badge color={live ? 'green' : 'yellow'} variant="dot" role="status" data-testid="connection">
      {live ? 'Live' : 'Connecting'}
    </Badge>
  );
}

/** What is on the page is from before while the connection is gone; it heals by itself. */
export function ConnectionBanner() {
  const { state, reconnect } = useLive();
  const [late, setLate] = useState(false);
  const connecting = state.state === 'connecting';
  useEffect(() => {
    if (!connecting) {
      setLate(false);
      return undefined;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [connecting]);
  if (!connecting || !late) return null;
  return (
    <Alert
      color="yellow"
      mb="md"
      icon={<IconPlugConnectedX aria-hidden />}
      title="The live connection is gone"
    >
      <Group justify="space-between">
        <span>
          What you see may be out of date. Trying again by itself
          {state.reason === null ? '' : `: ${state.reason}`}.
        </span>
        <Button size="xs" variant="default" onClick={reconnect}>
          Try now
        </Button>
      </Group>
    </Alert>
  );
}
