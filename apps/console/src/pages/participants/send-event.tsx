import { Button, Group, JsonInput, Modal, Select, SimpleGrid, Stack, Switch, Text } from '@mantine/core';
import {
  COORDINATION_EVENT_TYPES,
  PARTICIPANT_ROLES,
  sendEvent,
  type AgentStatus,
  type EventSent,
  type SendEvent,
} from '@signalbox/contracts';
import { useState, type FormEvent } from 'react';
import { fieldErrors } from '../../api/api';
import { useChange } from '../../api/use-change';
import { Failed } from '../../parts/answer';
import { words } from '../../parts/figures';
import { WhoAnswered } from './who-answered';

interface SendEventModalProps {
  participants: readonly AgentStatus[];
  onClose: () => void;
}

const PRIORITIES = ['critical', 'high', 'medium', 'low'] as const;
const FIRST: SendEvent = {
  eventType: 'performance_optimization',
  role: 'performance',
  priority: 'medium',
  payload: {},
  requiresAck: true,
};

/** Tells the participants of a role something, and shows who answered. */
export function SendEventModal({ participants, onClose }: SendEventModalProps) {
  const [event, setEvent] = useState(FIRST);
  const [payload, setPayload] = useState('{}');
  const send = useChange<SendEvent, EventSent>('POST', '/stream-b-coordination/coordination/send-event', {
    refreshes: ['/stream-b-coordination/', '/admin/audit'],
    quiet: true,
  });
  const parsed = parse(payload);
  const wrong = parsed === undefined ? [] : sendEvent.errors({ ...event, payload: parsed });
  const fields = {
    ...(send.error === null ? {} : fieldErrors(send.error)),
    ...Object.fromEntries(wrong.map(({ path, message }) => [path, message])),
  };
  const alive = participants.filter(({ role, state }) => role === event.role && state === 'alive').length;
  const submit = (happening: FormEvent) => {
    happening.preventDefault();
    send.mutate({ ...event, payload: parsed as SendEvent['payload'] });
  };

  return (
    <Modal opened onClose={onClose} title="Send a coordination event" size="xl">
      <form onSubmit={submit}>
        <Stack>
          {send.error !== null && Object.keys(fields).length === 0 && <Failed error={send.error} />}
          <SimpleGrid cols={{ base: 1, xs: 3 }}>
            <Select
              label="Event"
              data={COORDINATION_EVENT_TYPES.map(choice)}
              value={event.eventType}
              allowDeselect={false}
              error={fields['eventType']}
              onChange={(next) => setEvent({ ...event, eventType: next as SendEvent['eventType'] })}
            />
            <Select
              label="To the role"
              data={PARTICIPANT_ROLES.map(choice)}
              value={event.role}
              allowDeselect={false}
              error={fields['role']}
              onChange={(next) => setEvent({ ...event, role: next as SendEvent['role'] })}
            />
            <Select
              label="Priority"
              data={PRIORITIES.map(choice)}
              value={event.priority}
              allowDeselect={false}
              error={fields['priority']}
              onChange={(next) => setEvent({ ...event, priority: next as SendEvent['priority'] })}
            />
          </SimpleGrid>
          <JsonInput
            label="Payload"
            description="A JSON object: what it is about, as the participants understand it."
            value={payload}
            onChange={setPayload}
            error={parsed === undefined ? 'must be JSON' : fields['payload']}
            formatOnBlur
            autosize
            minRows={3}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
          <Switch
            label="Ask for an answer"
            description="Waits up to 5 s for it; what nobody answers is escalated."
            checked={event.requiresAck}
            onChange={({ currentTarget: { checked } }) => setEvent({ ...event, requiresAck: checked })}
          />
          {send.data !== undefined && !send.isPending && (
            <WhoAnswered sent={send.data} asked={send.variables} />
          )}
          <Group justify="space-between">
            <Text size="sm" c={alive === 0 ? 'var(--mantine-color-orange-text)' : 'dimmed'} role="status">
              {alive === 0
                ? `Nobody of the role ${event.role} is alive now.`
                : `${alive} alive in the role ${event.role}.`}
            </Text>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Close
              </Button>
              <Button
                type="submit"
                loading={send.isPending}
                disabled={parsed === undefined || wrong.length > 0}
              >
                {send.data === undefined ? 'Send' : 'Send again'}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function choice(value: string) {
  return { value, label: words(value) };
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
