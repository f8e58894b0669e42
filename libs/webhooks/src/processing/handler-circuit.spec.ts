import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '@signalbox/testkit';
import { HANDLER_CIRCUIT_POLICY, HandlerCircuit, type AttemptTicket } from './handler-circuit.js';

/** The longest waits: no jitter. */
const MOST = () => 1;
const { minAttempts, retryBackoffMs, maxBackoffMs, windowMs, probeTimeoutMs } = HANDLER_CIRCUIT_POLICY;

class Rig {
  readonly clock = new ManualClock();
  readonly circuit = new HandlerCircuit(HANDLER_CIRCUIT_POLICY, MOST);

  admitted(): AttemptTicket {
    const admission = this.circuit.admit(this.clock.nowMs());
    assert.equal(admission.kind, 'admitted', JSON.stringify(admission));
    return admission.ticket;
  }
  /** Ms until it may be asked again. */
  refusedForMs(): number {
    const admission = this.circuit.admit(this.clock.nowMs());
    assert.equal(admission.kind, 'refused');
    return admission.retryAtMs - this.clock.nowMs();
  }
  fail(times: number): void {
    for (let time = 0; time < times; time++) this.admitted().failed(this.clock.nowMs());
  }
  succeed(times: number): void {
    for (let time = 0; time < times; time++) this.admitted().succeeded(this.clock.nowMs());
  }
  /** Tripped, and its open time over. */
  static atProbing(): Rig {
    const rig = new Rig();
    rig.fail(minAttempts);
    rig.clock.advance(retryBackoffMs);
    return rig;
  }
}

describe('the circuit of a handler', () => {
  it('judges nothing by a few attempts', () => {
    const rig = new Rig();
    rig.fail(minAttempts - 1);
    assert.equal(rig.circuit.state, 'closed');
    rig.fail(1);
    assert.equal(rig.circuit.state, 'open');
    assert.equal(rig.refusedForMs(), retryBackoffMs);
  });

  it('stays closed while more than half succeeds', () => {
    const rig = new Rig();
    for (let round = 0; round < 100; round++) {
      rig.succeed(3);
      rig.fail(2);
    }
    assert.equal(rig.circuit.state, 'closed');
  });

  it('forgets failures older than its window', () => {
    const rig = new Rig();
    rig.fail(minAttempts - 1);
    rig.clock.advance(windowMs);
    rig.fail(1);
    assert.equal(rig.circuit.state, 'closed');
  });

  it('counts no attempt that was dropped', () => {
    const rig = new Rig();
    for (let time = 0; time < 5 * minAttempts; time++) rig.admitted().dropped(rig.clock.nowMs());
    rig.fail(minAttempts - 1);
    assert.equal(rig.circuit.state, 'closed');
  });

  it('hears one word of a ticket', () => {
    const rig = new Rig();
    const ticket = rig.admitted();
    for (let time = 0; time < 5 * minAttempts; time++) ticket.failed(rig.clock.nowMs());
    assert.equal(rig.circuit.state, 'closed');
  });

  it('lets one probe through at a time, and closes after two good ones', () => {
    const rig = Rig.atProbing();
    const first = rig.admitted();
    assert.equal(rig.circuit.state, 'half_open');
    assert.equal(rig.refusedForMs(), retryBackoffMs);
    first.succeeded(rig.clock.nowMs());
    assert.equal(rig.circuit.state, 'half_open');
    rig.succeed(1);
    assert.equal(rig.circuit.state, 'closed');
    // A clean slate: what tripped it is forgiven.
    rig.fail(minAttempts - 1);
    assert.equal(rig.circuit.state, 'closed');
  });

  it('waits twice as long after each bad probe, up to its ceiling', () => {
    const rig = Rig.atProbing();
    const waits: number[] = [];
    for (let time = 0; time < 7; time++) {
      rig.fail(1);
      const waitMs = rig.refusedForMs();
      waits.push(waitMs);
      rig.clock.advance(waitMs);
    }
    assert.deepEqual(waits, [4_000, 8_000, 16_000, 32_000, maxBackoffMs, maxBackoffMs, maxBackoffMs]);
  });

  it('gives up a probe that says nothing, and takes no word from it then', () => {
    const rig = Rig.atProbing();
    const lost = rig.admitted();
    rig.clock.advance(probeTimeoutMs);
    const second = rig.admitted();
    lost.failed(rig.clock.nowMs());
    assert.equal(rig.circuit.state, 'half_open');
    second.succeeded(rig.clock.nowMs());
    rig.succeed(1);
    assert.equal(rig.circuit.state, 'closed');
  });

  it('tries another when a probe was dropped', () => {
    const rig = Rig.atProbing();
    rig.admitted().dropped(rig.clock.nowMs());
    assert.equal(rig.circuit.state, 'half_open');
    rig.succeed(2);
    assert.equal(rig.circuit.state, 'closed');
  });

  it('takes no word on now from attempts that began before it tripped', () => {
    const rig = new Rig();
    const slow = Array.from({ length: minAttempts }, () => rig.admitted());
    rig.fail(minAttempts);
    rig.clock.advance(retryBackoffMs);
    rig.succeed(2);
    for (const ticket of slow) ticket.failed(rig.clock.nowMs());
    assert.equal(rig.circuit.state, 'closed');
  });
});
