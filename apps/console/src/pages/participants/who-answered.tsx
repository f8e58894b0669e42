import { Alert, Code, List, Stack, Text } from '@mantine/core';
import type { EventSent, SendEvent } from '@signalbox/contracts';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { ms } from '../../parts/figures';

interface WhoAnsweredProps {
  sent: EventSent;
  asked: SendEvent;
}

/** What became of an event: who was told, who answered, and whether it was escalated. */
export function WhoAnswered({ sent, asked }: WhoAnsweredProps) {
  const { participants, acknowledged, escalated } = sent;
  const silent = participants.filter((id) => !acknowledged.some(({ agentId }) => agentId === id));
  return (
    <Alert
      role="status"
      color={escalated ? 'red' : 'green'}
      icon={escalated ? <IconAlertTriangle aria-hidden /> : <IconCheck aria-hidden />}
      title={escalated ? 'Nobody answered within 5 s: it was escalated' : titleOf(sent, asked)}
    >
      <Stack gap={6}>
        {acknowledged.length > 0 && (
          <List size="sm">
            {acknowledged.map(({ agentId, answerTimeMs, answer }) => (
              <List.Item key={agentId}>
                <b>{agentId}</b> answered after {ms(answerTimeMs)}
                {answer !== undefined && (
                  <>
                    : <Code>{JSON.stringify(answer)}</Code>
                  </>
                )}
              </List.Item>
            ))}
          </List>
        )}
        {asked.requiresAck && silent.length > 0 && <Text size="sm">Silent: {silent.join(', ')}</Text>}
        <Text size="xs" c="dimmed">
          Event {sent.eventId}
        </Text>
      </Stack>
    </Alert>
  );
}

function titleOf({ participants, acknowledged }: EventSent, { requiresAck, role }: SendEvent): string {
  if (participants.length === 0) return `Sent, but nobody of the role ${role} is alive`;
  if (!requiresAck) return `Sent to ${participants.join(', ')}`;
  return `${acknowledged.length} of ${participants.length} answered`;
}
