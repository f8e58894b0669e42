import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import { BatchItemStore, BatchSettlements } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { EndWatch } from '../accept/end-watch.js';
import { laterUnwritten, type HeldItem } from '../line/held-item.js';
import type { SendingLine } from './sending-line.js';

/** After a claim's lease: the holder that had its answer in time has written it by then. */
const GRACE_MS = 10_000;
const LOOK_AGAIN_MS = 1_000;
const UNKNOWN =
  'it was sent to a provider that takes no idempotency key, and the worker died before the answer: look whether it was carried out, then replay or discard';

/**
 * Parts with requests that could not be claimed: ended elsewhere, being sent elsewhere, or sent by a worker that died
 * on the way. The last kind is not sent again when nobody can know whether it was carried out: it waits for a person.
 */
@Injectable()
export class Orphans {
  constructor(
    private readonly items: BatchItemStore,
    private readonly settlements: BatchSettlements,
    private readonly ends: EndWatch,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async part(line: SendingLine, lost: readonly HeldItem[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    const ids = lost.map(({ item }) => item.requestId);
    for (const id of await this.settlements.bury(ids, GRACE_MS, nowMs, 'outcome_unknown', UNKNOWN)) {
      this.ends.ended(id);
    }
    const records = new Map((await this.items.findAll(ids)).map((record) => [record.requestId, record]));
    for (const held of lost) {
      const record = records.get(held.item.requestId);
      if (record === undefined || record.endedAtMs !== null) {
        for (const follower of line.takeFollowers(held, false)) {
          follower.part(laterUnwritten(nowMs));
        }
        held.part({ kind: 'ended' });
      } else {
        const untilMs = (record.claimedUntilMs ?? nowMs) + (record.repeatable ? 0 : GRACE_MS);
        held.part(laterUnwritten(Math.max(nowMs, untilMs) + LOOK_AGAIN_MS));
      }
    }
  }
}
