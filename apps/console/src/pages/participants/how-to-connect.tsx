import { Accordion, ActionIcon, Box, Code, CopyButton, Paper, Stack, Tabs, Text, Title } from '@mantine/core';
import { AGENT_SUBJECTS, REALTIME_NAMESPACE } from '@signalbox/contracts';
import { IconCheck, IconCopy, IconPlugConnected } from '@tabler/icons-react';

/** How somebody becomes a participant: told whole where there is none, folded away where there are some. */
export function HowToConnect({ folded = false }: { folded?: boolean }) {
  if (folded) {
    return (
      <Accordion variant="contained">
        <Accordion.Item value="how">
          <Accordion.Control>How a participant connects</Accordion.Control>
          <Accordion.Panel>
            <Ways />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    );
  }
  return (
    <Paper withBorder p="lg">
      <Stack>
        <Title order={2} size="h4">
          <IconPlugConnected size={20} aria-hidden style={{ verticalAlign: 'text-bottom' }} /> Nobody takes
          part yet
        </Title>
        <Text size="sm">
          A participant is an automation or a service with a role: performance, database, innovation or
          frontend. It appears here with its first heartbeat, over WebSocket or NATS.
        </Text>
        <Ways />
      </Stack>
    </Paper>
  );
}

function Ways() {
  return (
    <Tabs defaultValue="websocket" keepMounted={false}>
      <Tabs.List aria-label="Ways to connect">
        <Tabs.Tab value="websocket">WebSocket</Tabs.Tab>
        <Tabs.Tab value="nats">NATS</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="websocket" pt="sm">
        <Text size="sm" mb="xs">
          With Socket.IO and a token of the role service, manager or admin:
        </Text>
        <Snippet text={WEBSOCKET} />
      </Tabs.Panel>
      <Tabs.Panel value="nats" pt="sm">
        <Text size="sm" mb="xs">
          With any NATS client, on the subjects of this Signalbox:
        </Text>
        <Snippet text={NATS} />
      </Tabs.Panel>
    </Tabs>
  );
}

const WEBSOCKET = `import { io } from 'socket.io-client';

const socket = io('${window.location.origin}${REALTIME_NAMESPACE}', {
  transports: ['websocket'],
  auth: { token: process.env.SIGNALBOX_TOKEN },
});
socket.on('connect', () =>
  socket.emit('agent_register', { agentId: 'tuner-1', role: 'performance', name: 'Tuner' }),
);
setInterval(() => socket.emit('agent_heartbeat'), 10_000);
socket.on('agent_event', (event) =>
  socket.emit('agent_ack', { eventId: event.eventId, answer: { accepted: true } }),
);`;

const NATS = `import { connect } from '@nats-io/transport-node';

const nats = await connect({ servers: process.env.NATS_URL });
const now = () => new Date().toISOString();
const agent = { agentId: 'tuner-1', role: 'performance', name: 'Tuner' };
setInterval(() => {
  const beat = { ...agent, occurredAt: now() };
  nats.publish('${AGENT_SUBJECTS.heartbeat('tuner-1')}', JSON.stringify(beat));
}, 10_000);
for await (const message of nats.subscribe('${AGENT_SUBJECTS.event('performance')}')) {
  const { eventId } = message.json();
  const ack = { eventId, agentId: agent.agentId, occurredAt: now() };
  nats.publish(\`${AGENT_SUBJECTS.ack('${eventId}')}\`, JSON.stringify(ack));
}`;

function Snippet({ text }: { text: string }) {
  return (
    <Box pos="relative">
      <Code block tabIndex={0} style={{ overflowX: 'auto' }}>
        {text}
      </Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon
            pos="absolute"
            top={8}
            right={8}
            variant="default"
            onClick={copy}
            aria-label={copied ? 'Copied' : 'Copy the code'}
          >
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          </ActionIcon>
        )}
      </CopyButton>
    </Box>
  );
}
