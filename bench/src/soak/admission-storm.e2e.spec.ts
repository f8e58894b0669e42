import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admissionStorm, type AdmissionStorm } from './admission-storm.js';

const RIGHT = { overAdmitted: 0, leaked: 0, alertsAmiss: 0 };

async function weather(storm: Omit<AdmissionStorm, 'processes' | 'log'>) {
  const { overAdmitted, leaked, alertsAmiss, ...counts } = await admissionStorm({
    ...storm,
    processes: 4,
    log: () => undefined,
  });
  return { faults: { overAdmitted, leaked, alertsAmiss }, ...counts };
}

describe('four processes on one ledger', () => {
  it('pass no limit, leak no token and tell each alert once, in 10,000 calls', async () => {
    const { faults, admitted, refused, alerts } = await weather({ calls: 10_000, inFlight: 32, blows: [] });
    assert.deepEqual(faults, RIGHT);
    assert.ok(admitted > 1_000 && refused > 1_000, `${admitted} admitted, ${refused} refused`);
    assert.equal(alerts, 3);
  });

  it('overshoot no budget with 1,000 reservations at once', async () => {
    const { faults } = await weather({ calls: 1_000, inFlight: 250, blows: [] });
    assert.deepEqual(faults, RIGHT);
  });

  it('overshoot no budget while a process is killed, Redis is wiped, and Redis is killed with and without its data', async () => {
    const { faults } = await weather({
      calls: 4_000,
      inFlight: 100,
      blows: ['kill a process', 'flush Redis', 'kill Redis', 'kill Redis and its data'],
    });
    assert.deepEqual(faults, RIGHT);
  });
});
