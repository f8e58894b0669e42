import { Card, Text } from '@mantine/core';
import type { AgentStatus } from '@signalbox/contracts';
import { DataTable, type Column } from '../../parts/data-table';
import { count, ms } from '../../parts/figures';
import { StatusBadge } from '../../parts/status-badge';
import { Time } from '../../parts/time';
import { useSteady } from '../../parts/use-steady';

const COLUMNS: Column<AgentStatus>[] = [
  {
    title: 'Participant',
    sortBy: ({ agentId, name }) => name ?? agentId,
    cell: ({ agentId, name }) => (
      <>
        <Text size="sm" fw={600}>
          {name ?? agentId}
        </Text>
        {name !== null && (
          <Text size="xs" c="dimmed" ff="monospace">
            {agentId}
          </Text>
        )}
      </>
    ),
  },
  { title: 'Role', sortBy: ({ role }) => role, cell: ({ role }) => role },
  { title: 'State', sortBy: ({ state }) => state, cell: ({ state }) => <StatusBadge status={state} /> },
  {
    title: 'Last heartbeat',
    sortBy: ({ lastHeartbeat }) => lastHeartbeat,
    cell: ({ lastHeartbeat }) => <Time iso={lastHeartbeat} />,
  },
  {
    title: 'Sent',
    figures: true,
    sortBy: ({ eventsSent }) => eventsSent,
    cell: ({ eventsSent }) => count(eventsSent),
  },
  {
    title: 'Answered',
    figures: true,
    sortBy: ({ eventsAnswered }) => eventsAnswered,
    cell: ({ eventsAnswered }) => count(eventsAnswered),
  },
  {
    title: 'Mean answer time',
    figures: true,
    sortBy: ({ answerTimeMs }) => answerTimeMs,
    cell: ({ answerTimeMs }) => (
      <span title={answerTimeMs === null ? 'It has answered nothing yet' : undefined}>
        {ms(answerTimeMs)}
      </span>
    ),
  },
];

/** Counts are since the gateway that answers first heard of a participant. */
export function ParticipantTable({ participants }: { participants: readonly AgentStatus[] }) {
  const { rows, hold } = useSteady(participants, ({ agentId }) => agentId);
  return (
    <Card withBorder padding="xs" {...hold}>
      <DataTable
        label="Participants"
        columns={COLUMNS}
        rows={rows}
        idOf={({ agentId }) => agentId}
        sortedBy={{ title: 'Participant' }}
        minWidth={760}
      />
    </Card>
  );
}
