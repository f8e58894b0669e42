import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LOST_AFTER_MS, ParticipantRegistry } from './participant-registry.js';

const TUNER = { agentId: 'tuner', role: 'performance', occurredAt: '2026-11-21T10:00:00.000Z' } as const;

describe('ParticipantRegistry', () => {
  it('counts a participant as lost after thirty silent seconds, once, and as back with its next heartbeat', () => {
    const registry = new ParticipantRegistry();
    assert.equal(registry.heard(TUNER, 0)?.state, 'alive');
    assert.equal(registry.heard(TUNER, 10_000), null);
    assert.deepEqual(registry.lost(10_000 + LOST_AFTER_MS), []);
    assert.deepEqual(registry.lost(10_001 + LOST_AFTER_MS), [
      { agentId: 'tuner', role: 'performance', state: 'lost', sinceMs: 10_000 },
    ]);
    assert.deepEqual(registry.lost(60_000), []);
    assert.equal(registry.heard(TUNER, 61_000)?.state, 'alive');
  });

  it('addresses the living ones of a role, and says how long they took to answer', () => {
    const registry = new ParticipantRegistry();
    registry.heard(TUNER, 0);
    registry.heard({ ...TUNER, agentId: 'silent' }, 0);
    registry.heard({ ...TUNER, agentId: 'other', role: 'database' }, 0);
    assert.deepEqual(registry.addressed('performance'), ['tuner', 'silent']);
    registry.answered('tuner', 30);
    registry.answered('tuner', 50);
    registry.answered('nobody', 50);
    const [tuner, silent] = registry.all();
    assert.deepEqual([tuner?.eventsSent, tuner?.eventsAnswered, tuner?.answerTimeMs], [1, 2, 40]);
    assert.deepEqual([silent?.eventsSent, silent?.answerTimeMs], [1, null]);
  });
});
