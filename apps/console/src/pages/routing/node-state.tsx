import { Group, Text } from '@mantine/core';
import type { NodeRouting } from '@signalbox/contracts';
import { StatusBadge } from '../../parts/status-badge';
import { Countdown } from '../../parts/time';

/** What keeps a node from taking calls, all of it; that it takes them where nothing does. */
export function NodeState({ node }: { node: NodeRouting }) {
  const { circuit, circuitOpenUntil, drained, credentialsRevoked, rateLimitedUntil } = node;
  return (
    <Group gap={4}>
      {drained && <StatusBadge status="unknown">drained</StatusBadge>}
      {credentialsRevoked && <StatusBadge status="down">credentials revoked</StatusBadge>}
      {rateLimitedUntil !== null && (
        <>
          <StatusBadge status="degraded">rate limited</StatusBadge>
          <Until iso={rateLimitedUntil} />
        </>
      )}
      {circuit === 'open' && (
        <>
          <StatusBadge status="open">open</StatusBadge>
          {circuitOpenUntil === null ? (
            <Text size="xs" c="dimmed">
              until reset
            </Text>
          ) : (
            <Until iso={circuitOpenUntil} />
          )}
        </>
      )}
      {circuit === 'half_open' && <StatusBadge status="half_open">probing</StatusBadge>}
      {circuit === 'closed' && !drained && !credentialsRevoked && rateLimitedUntil === null && (
        <StatusBadge status="closed">closed</StatusBadge>
      )}
    </Group>
  );
}

function Until({ iso }: { iso: string }) {
  return (
    <Text size="xs" c="dimmed" component="span">
      for <Countdown until={iso} />
    </Text>
  );
}
