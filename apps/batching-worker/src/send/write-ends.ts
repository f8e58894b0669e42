import { Inject, Injectable, Logger } from '@nestjs/common';
import type { BatchReason } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { EndedItem, ReleasedItem } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { BATCHING_SETTINGS, type BatchingWorkerSettings } from '../config.js';
import { aloneUnits, laterUnwritten, newQueueId, type HeldItem } from '../line/held-item.js';
import type { BatchRun } from './batch-run.js';
import type { Judged, Later } from './judge-call.js';
import type { SendingLine } from './sending-line.js';
import { Settlement } from './settlement.js';

export interface PutOff {
  afterMs: number;
  reason: BatchReason;
  message: string;
}

/** Requests in one parcel. */
const PARCEL_ITEMS = 200;

/** Those that may be tried again at one time go through the queue together. */
function inParcels(later: readonly Later[]): Later[] {
  const open = new Map<string, { queueId: string; items: number }>();
  return later.map((one) => {
    const key = `${one.released.availableAtMs} ${one.held.item.priority} ${one.owesRetry}`;
    let parcel = open.get(key);
    if (parcel === undefined || parcel.items >= PARCEL_ITEMS) {
      parcel = { queueId: newQueueId(), items: 0 };
      open.set(key, parcel);
    }
    parcel.items += 1;
    return { ...one, released: { ...one.released, queueId: parcel.queueId } };
  });
}

/** Writes what became of a part of a batch, and only then parts with its requests. */
@Injectable()
export class WriteEnds {
  private readonly logger = new Logger(WriteEnds.name);

  constructor(
    private readonly settlement: Settlement,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(BATCHING_SETTINGS) private readonly settings: BatchingWorkerSettings,
  ) {}

  async write(line: SendingLine, run: BatchRun, { ended, later }: Judged & { kind: 'ends' }): Promise<void> {
    const over = later.filter((one) => this.endsFirst(one.held, one.released.availableAtMs));
    const lasting = inParcels(later.filter((one) => !over.includes(one)));
    const all = [...ended, ...over.map((one) => ({ held: one.held, end: this.gaveUp(one) }))];
    const shared = all.flatMap(({ held, end }) =>
      line.takeFollowers(held, end.state !== 'dead').map((follower) => ({
        held: follower,
        end: { ...end, requestId: follower.item.requestId, claimId: null, duplicateOf: held.item.requestId },
      })),
    );
    for (const { end } of [...all, ...shared]) run.ended(end);
    for (const { held, released } of lasting) run.willRetry(held.item.requestId, released.message);
    await this.settle(
      run,
      [...all, ...shared].map(({ end }) => end),
      lasting.map(({ released }) => released),
    );
    for (const { held } of [...all, ...shared]) held.part({ kind: 'ended' });
    for (const { held, released, owesRetry } of lasting) {
      held.part({ kind: 'later', atMs: released.availableAtMs, owesRetry, queueId: released.queueId });
    }
  }

  /** They wait without having been claimed: nothing was sent. */
  async putOff(line: SendingLine, run: BatchRun, part: readonly HeldItem[], why: PutOff): Promise<void> {
    if (line.isClosing) return this.handBack(run, part);
    const { reason, message } = why;
    const availableAtMs = this.clock.nowMs() + why.afterMs;
    const later = part.map((held): Later => {
      const { requestId, queueId } = held.item;
      const released = {
        requestId,
        claimId: null,
        availableAtMs,
        queueId,
        reason,
        message,
        refundAttempt: false,
      };
      return { held, released, owesRetry: false };
    });
    try {
      await this.write(line, run, { kind: 'ends', ended: [], later });
    } catch (error) {
      this.logger.warn(`${part.length} requests of ${run.batchId} wait unwritten: ${String(error)}`);
      for (const held of part) held.part(laterUnwritten(availableAtMs));
    }
  }

  /** All of the part end the same way without having been sent. */
  async endAll(
    line: SendingLine,
    run: BatchRun,
    part: readonly HeldItem[],
    how: { state: 'dead'; reason: BatchReason; message: string },
  ): Promise<void> {
    const ended = part.map((held) => ({ held, end: this.unsent(held, how.reason, how.message) }));
    await this.write(line, run, { kind: 'ends', ended, later: [] });
  }

  /** Somebody else shall have them at once. */
  handBack(run: BatchRun, part: readonly HeldItem[]): Promise<void> {
    for (const held of part) held.part({ kind: 'handed_back' });
    return this.close(run);
  }

  /** Lets go of a claim whose requests are sent again at once, in other company. */
  async unclaim(run: BatchRun, released: readonly ReleasedItem[]): Promise<void> {
    await this.settle(run, [], released);
  }

  /** A part ended without anything to write. */
  async close(run: BatchRun): Promise<void> {
    await this.settle(run, [], []);
  }

  /** The last part of a batch brings the news, in the transaction that makes it true. */
  private async settle(
    run: BatchRun,
    ended: readonly EndedItem[],
    released: readonly ReleasedItem[],
  ): Promise<void> {
    run.openParts -= 1;
    const news = run.openParts === 0 ? run.news(this.clock.nowMs()) : [];
    const tallies = run.takeTallies();
    if (ended.length + released.length + tallies.length + news.length === 0) return;
    await this.settlement.settle({ ended, released, tallies, news });
  }

  private endsFirst({ item }: HeldItem, atMs: number): boolean {
    return atMs > item.waitingSinceMs + this.settings.batchGiveUpAfterMs;
  }

  private gaveUp({ held, released }: Later): EndedItem {
    const reason = released.reason === 'not_admitted' ? 'not_admitted' : 'gave_up';
    return { ...this.unsent(held, reason, released.message), claimId: released.claimId };
  }

  private unsent(held: HeldItem, reason: BatchReason, message: string): EndedItem {
    return {
      requestId: held.item.requestId,
      claimId: null,
      state: 'dead',
      endedAtMs: this.clock.nowMs(),
      statusCode: null,
      result: null,
      reason,
      message,
      duplicateOf: null,
      aloneUnits: aloneUnits(held),
    };
  }
}
