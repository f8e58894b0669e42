import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AlertRecord } from '@signalbox/persistence';
import {
  REOPENS_WITHIN_MS,
  acknowledged,
  ended,
  escalated,
  escalatingAfter,
  isUrgent,
  raised,
  type Raise,
} from './lifecycle.js';

const START = Date.parse('2026-11-21T02:40:00.000Z');
const MINUTE = 60_000;
const iso = (ms: number) => new Date(ms).toISOString();

function aRaise(more: Partial<Raise> = {}): Raise {
  return {
    ...{ does: 'raise', factId: 'f1', at: iso(START), key: 'circuit:stripe:n1', kind: 'circuit' },
    ...{ severity: 'warning', serviceName: 'stripe', nodeId: 'n1', amount: 1, endsAt: null },
    endsByAcknowledgement: false,
    message: ({ times, amount }) => `open, ${times} times, ${amount} in all`,
    advice: 'look',
    ...more,
  };
}

function at(ms: number, escalateAfterMinutes: number | null = 15) {
  return { nowMs: ms, newId: () => `alert-${ms}`, escalateAfterMinutes };
}

const begin = (more: Partial<Raise> = {}, minutes: number | null = 15): AlertRecord =>
  raised(null, aRaise(more), at(START, minutes));

describe('an alert that is raised', () => {
  it('begins open, to escalate after its service’s minutes', () => {
    const alert = begin();
    assert.equal(alert.state, 'open');
    assert.equal(alert.raisedAt, '2026-11-21T02:40:00.000Z');
    assert.equal(alert.escalatesAt, '2026-11-21T02:55:00.000Z');
    assert.equal(alert.message, 'open, 1 times, 1 in all');
  });

  it('counts its escalation from when it could be seen, not from when it happened', () => {
    const late = raised(null, aRaise({ at: iso(START - 60 * MINUTE) }), at(START));
    assert.equal(late.raisedAt, iso(START - 60 * MINUTE));
    assert.equal(late.escalatesAt, iso(START + 15 * MINUTE));
  });

  it('stays one alert while it stands, with the newest facts, the sum of them and the highest severity', () => {
    const first = begin({ amount: 3 });
    const again = raised(
      first,
      aRaise({ at: iso(START + MINUTE), amount: 4, severity: 'critical', nodeId: 'n2' }),
      at(START + MINUTE),
    );
    assert.equal(again.alertId, first.alertId);
    assert.deepEqual([again.times, again.amount, again.nodeId], [2, 7, 'n2']);
    assert.deepEqual([again.severity, again.message], ['critical', 'open, 2 times, 7 in all']);
    assert.equal(again.raisedAt, first.raisedAt);
    const milder = raised(again, aRaise({ at: iso(START + 2 * MINUTE) }), at(START + 2 * MINUTE));
    assert.equal(milder.severity, 'critical');
  });

  it('keeps its newest facts when an older one comes late', () => {
    const first = begin({ endsAt: iso(START + 60 * MINUTE) });
    const late = raised(
      first,
      aRaise({ at: iso(START - 1), endsAt: null, nodeId: 'old' }),
      at(START + MINUTE),
    );
    assert.deepEqual([late.message, late.nodeId, late.times], [first.message, 'n1', 2]);
    assert.equal(late.endsAt, first.endsAt);
  });

  it('does not put off its escalation by being raised again', () => {
    const again = raised(begin(), aRaise({ at: iso(START + 14 * MINUTE) }), at(START + 14 * MINUTE));
    assert.equal(again.escalatesAt, iso(START + 15 * MINUTE));
  });

  it('stays acknowledged when it is raised again, and is open again when it got worse', () => {
    const seen = acknowledged(begin(), 'ada', START + MINUTE);
    const same = raised(seen, aRaise({ at: iso(START + 2 * MINUTE) }), at(START + 2 * MINUTE));
    assert.deepEqual([same.state, same.acknowledgedBy, same.escalatesAt], ['acknowledged', 'ada', null]);
    const worse = raised(
      same,
      aRaise({ at: iso(START + 3 * MINUTE), severity: 'critical' }),
      at(START + 3 * MINUTE),
    );
    assert.deepEqual([worse.state, worse.acknowledgedBy, worse.acknowledgedAt], ['open', null, null]);
    assert.equal(worse.escalatesAt, iso(START + 18 * MINUTE));
  });

  it('comes back as itself within ten minutes of its end, and as another one later', () => {
    const over = ended(begin(), { at: iso(START + MINUTE), because: 'closed' });
    const soon = START + MINUTE + REOPENS_WITHIN_MS;
    const flapping = raised(over, aRaise({ at: iso(soon) }), at(soon));
    assert.deepEqual([flapping.alertId, flapping.state, flapping.times], [over.alertId, 'open', 2]);
    assert.deepEqual([flapping.resolvedAt, flapping.escalatesAt], [null, iso(soon + 15 * MINUTE)]);
    const later = raised(over, aRaise({ at: iso(soon + 1) }), at(soon + 1));
    assert.notEqual(later.alertId, over.alertId);
    assert.equal(later.times, 1);
  });

  it('is another one when somebody has done with the last', () => {
    const done = acknowledged(begin({ endsByAcknowledgement: true }), 'ada', START + MINUTE);
    const next = raised(done, aRaise({ at: iso(START + 2 * MINUTE) }), at(START + 2 * MINUTE));
    assert.notEqual(next.alertId, done.alertId);
  });
});

describe('an alert that ends', () => {
  it('says why, and escalates no more', () => {
    const over = ended(begin(), { at: iso(START + MINUTE), because: 'the circuit is closed' });
    assert.deepEqual(
      [over.state, over.resolvedAt, over.escalatesAt],
      ['resolved', iso(START + MINUTE), null],
    );
    assert.equal(over.message, 'open, 1 times, 1 in all Over: the circuit is closed.');
  });

  it('does not end by what happened before its newest facts, nor twice', () => {
    const alert = begin();
    assert.equal(ended(alert, { at: iso(START - 1), because: 'closed' }), alert);
    const over = ended(alert, { at: iso(START), because: 'closed' });
    assert.equal(ended(over, { at: iso(START + MINUTE), because: 'closed' }), over);
  });

  it('ends by what was told after it though that clock is some seconds behind, and not by what is older than that', () => {
    // Closed at 02:39:55 by another machine's clock, which may be five seconds behind.
    const closed = { because: 'closed', inOrder: true };
    assert.equal(ended(begin(), { at: iso(START - 5_000), ...closed }).state, 'resolved');
    assert.equal(ended(begin(), { at: iso(START - 5_001), ...closed }).state, 'open');
    const reopened = raised(
      ended(begin(), { at: iso(START + 3_000), ...closed }),
      aRaise({ at: iso(START), inOrder: true, nodeId: 'n2' }),
      at(START + 4_000),
    );
    assert.deepEqual([reopened.state, reopened.nodeId], ['open', 'n2']);
  });

  it('ends by acknowledgement where nothing else would end it, and only there', () => {
    assert.equal(acknowledged(begin(), 'ada', START + MINUTE).state, 'acknowledged');
    const anomaly = acknowledged(begin({ endsByAcknowledgement: true }), 'ada', START + MINUTE);
    assert.deepEqual([anomaly.state, anomaly.resolvedAt], ['resolved', iso(START + MINUTE)]);
  });

  it('is acknowledged by the first who does', () => {
    const seen = acknowledged(begin(), 'ada', START + MINUTE);
    assert.equal(acknowledged(seen, 'bob', START + 2 * MINUTE), seen);
  });
});

describe('an alert that nobody acknowledges', () => {
  it('rises a step after its minutes and not before', () => {
    const alert = begin();
    assert.equal(escalated(alert, START + 15 * MINUTE - 1, 15).severity, 'warning');
    const risen = escalated(alert, START + 15 * MINUTE, 15);
    assert.deepEqual([risen.severity, risen.escalations], ['critical', 1]);
    assert.equal(risen.escalatesAt, iso(START + 30 * MINUTE));
  });

  it('catches up with every step that was due while nobody was there', () => {
    // 02:40 + 15 = 02:55 critical, + 15 = 03:10 emergency; looked at 04:00.
    const risen = escalated(begin(), START + 80 * MINUTE, 15);
    assert.deepEqual([risen.severity, risen.escalations, risen.escalatesAt], ['emergency', 2, null]);
    assert.equal(risen.escalatesFrom, iso(START + 30 * MINUTE));
  });

  it('is not put off by a late look: the next step counts from when the last was due', () => {
    const risen = escalated(begin(), START + 20 * MINUTE, 15);
    assert.equal(risen.escalatesAt, iso(START + 30 * MINUTE));
  });

  it('never rises when its service says never, nor once somebody looks', () => {
    assert.equal(begin({}, null).escalatesAt, null);
    const seen = acknowledged(begin(), 'ada', START + MINUTE);
    assert.equal(escalated(seen, START + 60 * MINUTE, 15).escalations, 0);
  });

  it('follows a changed rule', () => {
    assert.equal(escalatingAfter(5, begin()).escalatesAt, iso(START + 5 * MINUTE));
    assert.equal(escalatingAfter(null, begin()).escalatesAt, null);
  });

  it('is told before all else when it is an emergency or has just risen', () => {
    const alert = begin();
    assert.equal(isUrgent(alert, null), false);
    assert.equal(isUrgent(begin({ severity: 'critical' }), null), false);
    assert.equal(isUrgent(begin({ severity: 'emergency' }), null), true);
    const risen = escalated(alert, START + 15 * MINUTE, 15);
    assert.equal(isUrgent(risen, alert), true);
    assert.equal(isUrgent({ ...risen, times: 2 }, risen), false);
  });
});
