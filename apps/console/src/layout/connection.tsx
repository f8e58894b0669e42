import { Alert, Badge, Button, Group } from '@mantine/core';
import { IconClockExclamation, IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useDashboard } from '../live/dashboard';
import { useLive } from '../live/live';
import { Time } from '../parts/time';

/** A moment of reconnecting is nothing to be told of. */
const PATIENCE_MS = 2_000;

/** What the transport calls it, for people. */
const REASONS: Record<string, string> = {
  'websocket error': 'the server cannot be reached',
  'transport error': 'the connection broke',
  'transport close': 'the connection broke',
  'ping timeout': 'the server was silent for too long',
};

export function ConnectionBadge() {
  const { state } = useLive();
  const live = state.state === 'live';
  return (
    <Badge
      color={live ? 'green.6' : 'yellow.6'}
      variant="dot"

      role="status"
      aria-label={live ? 'Live connection: live' : 'Live connection: connecting'}
      data-testid="connection"
    >
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
    if (!connecting) return undefined;
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [connecting]);
  if (!connecting || !late) return null;
  return (
    <Alert
      color="yellow"
      mb="md"
      role="status"
      icon={<IconPlugConnectedX aria-hidden />}
      title="The live connection is gone"
    >
      <Group justify="space-between" gap="sm">
        <span>
          What you see may be out of date. Trying again by itself
          {state.reason === null ? '' : `: ${REASONS[state.reason] ?? state.reason}`}.
        </span>
        <Button size="xs" variant="default" onClick={reconnect}>
          Try now
        </Button>
      </Group>
    </Alert>
  );
}

/** The connection stands, but what tells how services are doing does not answer the gateway. */
export function StaleBanner() {
  const { data } = useDashboard();
  if (data?.services.stale !== true) return null;
  const { asOf } = data.services;
  return (
    <Alert
      color="yellow"
      mb="md"
      role="status"
      icon={<IconClockExclamation aria-hidden />}
      title="Routing does not answer now"
    >
      {asOf === null ? (
        'How the services are doing is not known yet.'
      ) : (
        <>
          How the services are doing was last told <Time iso={asOf} />. Calls may be routed all the same.
        </>
      )}
    </Alert>
  );
}
