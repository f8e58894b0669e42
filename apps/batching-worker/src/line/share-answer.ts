import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@signalbox/hosting';
import type { BatchItemRecord } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { Settlement } from '../send/settlement.js';
import { aloneUnits, laterUnwritten, type HeldItem } from './held-item.js';

/** Gives requests the answer that an earlier, equal one has got. */
@Injectable()
export class ShareAnswer {
  constructor(
    private readonly settlement: Settlement,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async give(earlier: BatchItemRecord, to: readonly HeldItem[]): Promise<void> {
    const { state, statusCode, result, reason, message, requestId } = earlier;
    if (state !== 'succeeded' && state !== 'failed') throw new Error(`${requestId} has no answer to share`);
    const nowMs = this.clock.nowMs();
    const ended = to.map((held) => ({
      requestId: held.item.requestId,
      claimId: null,
      state,
      endedAtMs: nowMs,
      statusCode,
      result,
      reason,
      message,
      duplicateOf: requestId,
      aloneUnits: aloneUnits(held),
    }));
    try {
      await this.settlement.settle({ ended, released: [], tallies: [], news: [] });
      for (const held of to) held.part({ kind: 'ended' });
    } catch {
      for (const held of to) held.part(laterUnwritten(nowMs + 1_000));
    }
  }
}
