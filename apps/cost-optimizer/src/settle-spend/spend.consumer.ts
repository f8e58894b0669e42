import { Controller } from '@nestjs/common';
import type { DecisionMade, OutcomeReported } from '@signalbox/contracts';
import { OnFactBatch, type OnFactBatchOptions } from '@signalbox/messaging';
import { SettleSpend } from './settle-spend.js';

/** Small enough that a batch is journalled well within its time, soon enough that a budget is under 100 ms old. */
const BATCH: OnFactBatchOptions = { consumer: 'spend-ledger', maxMessages: 500, maxWaitMs: 20, from: 'all' };

/** What was decided and what became of it, shared by the replicas. While the ledger cannot be asked, it waits. */
@Controller()
export class SpendConsumer {
  constructor(private readonly settleSpend: SettleSpend) {}

  @OnFactBatch('decisions.made', BATCH)
  decided(events: DecisionMade[]): Promise<void> {
    return this.settleSpend.decided(events);
  }

  @OnFactBatch('outcomes.reported', BATCH)
  reported(events: OutcomeReported[]): Promise<void> {
    return this.settleSpend.reported(events);
  }
}
