import { Group, Text } from '@mantine/core';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import { words } from '../../parts/figures';
import { LiveList } from '../../parts/live-list';
import { StatusBadge } from '../../parts/status-badge';
import { Time } from '../../parts/time';

interface Happening {
  key: string;
  at: string;
  status: string;
  text: string;
  detail: string;
}

/** What the room of the participants tells, from now on. */
export function RecentEvents() {
  return (
    <LiveList
      title="As it happens"
      entryOf={happeningOf}
      keyOf={({ key }) => key}
      empty="Nothing since this page was opened: events, and who comes and goes, appear here."
      height={320}
    >
      {({ at, status, text, detail }) => (
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <Group gap="xs" style={{ minWidth: 0 }}>
            <StatusBadge status={status} />
            <Text size="sm">{text}</Text>
            <Text size="xs" c="dimmed">
              {detail}
            </Text>
          </Group>
          <Text size="xs" c="dimmed" component="span">
            <Time iso={at} />
          </Text>
        </Group>
      )}
    </LiveList>
  );
}

function happeningOf(message: ReceivedMessage): Happening | null {
  const { room, seq, epoch, eventType, timestamp, ...rest } = message;
  if (room !== 'agents') return null;
  const key = `${epoch} ${seq}`;
  const fields = rest as Record<string, unknown>;
  const text = (name: string) => {
    const value = fields[name];
    return typeof value === 'string' ? value : '';
  };
  if (eventType === 'agent_status') {
    const came = fields['state'] === 'alive';
    return {
      ...{ key, at: timestamp, status: came ? 'alive' : 'lost' },
      text: `${text('agentId')} ${came ? 'takes part' : 'has been silent for 30 s'}`,
      detail: text('role'),
    };
  }
  if (eventType !== 'coordination_event') return null;
  const event = words(text('coordinationEventType'));
  const escalated = fields['escalated'] === true;
  return {
    ...{ key, at: timestamp, status: escalated ? 'critical' : 'event' },
    text: escalated ? `${event}: nobody of ${text('role')} answered` : `${event} to ${text('role')}`,
    detail: `from ${text('sentBy')}${fields['requiresAck'] === true ? ', asks for an answer' : ''}`,
  };
}
