import { Group, Stack, Text } from '@mantine/core';
import type { ExcludedNode, ExclusionReason } from '@signalbox/contracts';
import { useMemo } from 'react';
import { useDashboard } from '../../live/dashboard';
import { time } from '../../parts/figures';
import { StatusBadge } from '../../parts/status-badge';
import { providerNames } from './provider-names';

/** Each reason as a person would say it. */
const REASONS: Record<ExclusionReason, string> = {
  drained: 'Drained by hand',
  circuit_open: 'Its circuit is not closed',
  rate_limited: 'The provider asked for a pause',
  emergency_only: 'Takes calls in an emergency only',
  over_cost_limit: 'Costs more than the call may',
  over_budget: 'Costs more than the budget has left',
  credentials_revoked: 'Its credentials are revoked',
  below_floor: 'Succeeds less often than the service’s floor asks',
  at_capacity: 'Carries as many calls as it may',
};

/** The nodes that the strategy never saw, and why. */
export function Excluded({ nodes }: { nodes: readonly ExcludedNode[] }) {
  const { data } = useDashboard();
  const names = useMemo(() => providerNames(data?.routing.data?.items ?? []), [data]);
  if (nodes.length === 0) return <Text size="sm">None: every node of the service could take the call.</Text>;
  return (
    <Stack gap={6} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {nodes.map(({ nodeId, reason, until, circuit }) => (
        <Group key={nodeId} component="li" gap="xs">
          <Text size="sm" fw={500} title={nodeId}>
            {names.get(nodeId) ?? nodeId}
          </Text>
          <StatusBadge status={reason === 'circuit_open' ? 'open' : 'unknown'}>
            {REASONS[reason] ?? reason}
          </StatusBadge>
          {circuit === 'half_open' && (
            <Text size="xs" c="dimmed">
              another call was its probe
            </Text>
          )}
          {until !== undefined && (
            <Text size="xs" c="dimmed">
              until {time(until)}
            </Text>
          )}
        </Group>
      ))}
    </Stack>
  );
}
