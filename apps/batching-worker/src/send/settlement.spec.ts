import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignalboxError } from '@signalbox/contracts';
import type { BatchSettlements, Settled } from '@signalbox/persistence';
import type { EndWatch } from '../accept/end-watch.js';
import type { BatchNewsDesk } from './batch-news-desk.js';
import { Settlement } from './settlement.js';

class Hasty extends Settlement {
  protected override pause(): Promise<void> {
    return Promise.resolve();
  }
}

/** Fails with these, one after the other, and then writes. */
function after(failures: readonly Error[]) {
  const left = [...failures];
  const settle = (): Promise<Settled> => {
    const failure = left.shift();
    return failure === undefined ? Promise.resolve(new Set(['r1'])) : Promise.reject(failure);
  };
  const settlement = new Hasty(
    { settle } as unknown as BatchSettlements,
    { ended: () => undefined } as unknown as EndWatch,
    {} as BatchNewsDesk,
  );
  return settlement.settle({ ended: [], released: [], tallies: [], news: [] });
}

const away = (times: number) =>
  Array.from({ length: times }, () => new SignalboxError('DEPENDENCY_UNAVAILABLE', 'away'));
const refused = (times: number) => Array.from({ length: times }, () => new Error('deadlock detected'));

describe('Settlement', () => {
  it('keeps an answer through any outage, also when the database then refuses it for a moment', async () => {
    assert.deepEqual(await after([...away(500), ...refused(11)]), new Set(['r1']));
  });

  it('gives up what a database that is there refuses again and again', async () => {
    await assert.rejects(after(refused(12)), /deadlock/);
  });
});
