import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { REALTIME_NAMESPACE, type AgentEvent, type AgentStatus, type EventSent } from '@signalbox/contracts';
import { tokenOf, withHosted } from '@signalbox/hosting/testing';
import { realtimeGateway } from '@signalbox/realtime-gateway';
import { eventually } from '@signalbox/testkit';
import { io, type Socket } from 'socket.io-client';
import { withPages } from './support/clients.js';
import { isRead } from './support/readiness.js';

describe('participants', () => {
  let nats: NatsConnection;
  const sockets: Socket[] = [];
  after(() => sockets.forEach((socket) => socket.close()));
  after(() => nats.close());
  const fleet = withHosted([realtimeGateway], ['a', 'b']);
  const open = withPages();
  before(async () => {
    nats = await connect({ servers: fleet.servers.natsUrl.replace('nats://', '') });
    // For the rooms; and on either gateway for its participants and for its metrics.
    await isRead(await jetstreamManager(nats), 'agents.event', { durable: 'rooms_agents_event', others: 4 });
  });

  const connected = async (
    id: string,
    as: 'service' | 'user' = 'service',
    transport: 'websocket' | 'polling' = 'websocket',
  ): Promise<Socket> => {
    const socket = io(`${fleet.process(id).url}${REALTIME_NAMESPACE}`, {
      auth: { token: await tokenOf({ role: as }) },
      transports: [transport],
      forceNew: true,
    });
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    return socket;
  };
  const statusOf = async (id: string, agentId: string) => {
    const { data } = await fleet
      .process(id)
      .get<{ items: AgentStatus[] }>('/stream-b-coordination/agents/status');
    return data.items.find((agent) => agent.agentId === agentId);
  };
  const send = (id: string, more: object = {}) =>
    fleet.process(id).post<EventSent>('/stream-b-coordination/coordination/send-event', {
      eventType: 'performance_optimization',
      role: 'performance',
      priority: 'high',
      payload: { serviceName: 'stripe', hint: 'warm the cache' },
      requiresAck: true,
      ...more,
    });

  it('by WebSocket on one gateway and by NATS are both seen by the other, told, and their answers counted', async () => {
    const socket = await connected('a');
    socket.on('agent_event', (event: AgentEvent) =>
      socket.emit('agent_ack', { eventId: event.eventId, answer: { took: 'it' } }),
    );
    const registering = { agentId: 'tuner', role: 'performance', name: 'Cache tuner' };
    assert.deepEqual(await socket.emitWithAck('agent_register', registering), { registered: true });

    const events = nats.subscribe('signalbox.v1.agents.event.performance');
    void (async () => {
      for await (const message of events) {
        const { eventId } = message.json<AgentEvent>();
        const ack = { eventId, agentId: 'indexer', occurredAt: new Date().toISOString() };
        nats.publish(`signalbox.v1.agents.ack.${eventId}`, JSON.stringify(ack));
      }
    })();
    const beat = { agentId: 'indexer', role: 'performance', occurredAt: new Date().toISOString() };
    nats.publish('signalbox.v1.agents.heartbeat.indexer', JSON.stringify(beat));
    for (const agentId of ['tuner', 'indexer']) {
      await eventually(async () => assert.equal((await statusOf('b', agentId))?.state, 'alive'));
    }

    const { data } = await send('b');
    assert.deepEqual([...data.participants].sort(), ['indexer', 'tuner']);
    assert.deepEqual(data.acknowledged.map(({ agentId }) => agentId).sort(), ['indexer', 'tuner']);
    assert.deepEqual(data.acknowledged.find(({ agentId }) => agentId === 'tuner')?.answer, { took: 'it' });
    assert.equal(data.escalated, false);
    // By whichever gateway is asked, not only by the one that sent it.
    for (const id of ['a', 'b']) {
      await eventually(async () => {
        const tuner = await statusOf(id, 'tuner');
        assert.deepEqual([tuner?.eventsSent, tuner?.eventsAnswered, tuner?.name], [1, 1, 'Cache tuner']);
        assert.ok(typeof tuner?.answerTimeMs === 'number');
      });
    }
  });

  it('who do not answer in time are escalated, critically, to everybody who looks on', async () => {
    const page = open(fleet.process('a').url, ['agents']);
    await eventually(() => assert.equal(page.client.state.state, 'live'));
    const { data } = await send('b', { role: 'database', eventType: 'database_coordination' });
    assert.deepEqual([data.acknowledged, data.escalated], [[], true]);
    await eventually(() => {
      const told = page.messages.filter(({ eventId }) => eventId === data.eventId);
      // The event as well, on its own way: nobody promises which is first.
      assert.deepEqual(told.map(({ priority, escalated }) => [priority, escalated]).sort(), [
        ['critical', true],
        ['normal', undefined],
      ]);
    });
  });

  it('are told every event of a burst, by WebSocket and by long polling', async () => {
    const told = new Map<string, Set<string>>();
    for (const transport of ['websocket', 'polling'] as const) {
      const socket = await connected('a', 'service', transport);
      const seen = new Set<string>();
      told.set(transport, seen);
      socket.on('agent_event', ({ eventId }: AgentEvent) => seen.add(eventId));
      await socket.emitWithAck('agent_register', { agentId: `watcher-${transport}`, role: 'frontend' });
    }
    const burst = Array.from({ length: 20 }, () => send('b', { role: 'frontend', requiresAck: false }));
    const sent = (await Promise.all(burst)).map(({ data }) => data.eventId).sort();
    for (const seen of told.values()) {
      await eventually(() => assert.deepEqual([...seen].sort(), sent));
    }
  });

  it('need no answer when none is asked for', async () => {
    const { data } = await send('a', { role: 'innovation', requiresAck: false });
    assert.deepEqual([data.acknowledged, data.escalated], [[], false]);
  });

  it('are registered with a role that may, and with a body that says who they are', async () => {
    const onlooker = await connected('a', 'user');
    const refused = (await onlooker.emitWithAck('agent_register', { agentId: 'x', role: 'frontend' })) as {
      error: { code: string };
    };
    assert.equal(refused.error.code, 'FORBIDDEN');
    const service = await connected('a');
    const unknown = (await service.emitWithAck('agent_ack', { eventId: 'e' })) as { error: { code: string } };
    assert.equal(unknown.error.code, 'CONFLICT');
    const invalid = (await service.emitWithAck('agent_register', { agentId: 'a b', role: 'cook' })) as {
      error: { code: string; message: string };
    };
    assert.equal(invalid.error.code, 'VALIDATION_FAILED');
    assert.match(invalid.error.message, /agentId.*role|role.*agentId/);
  });
});
