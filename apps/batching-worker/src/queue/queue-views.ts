import { Inject, Injectable } from '@nestjs/common';
import type { BatchQueueView, ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { BatchItemStore } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { LivePolicies } from '../policies/live-policies.js';
import { OpenBatches } from './open-batches.js';

/** A service's queue as an operator is shown it. */
@Injectable()
export class QueueViews {
  constructor(
    private readonly items: BatchItemStore,
    private readonly open: OpenBatches,
    private readonly policies: LivePolicies,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What waits or is under way, by priority; how long the oldest has; the batches that still take requests. */
  async of(serviceName: ServiceName): Promise<BatchQueueView> {
    const [depths, assembler] = await Promise.all([this.items.depth(serviceName), this.open.of(serviceName)]);
    const view: BatchQueueView = {
      serviceName,
      enabled: this.policies.policyOf(serviceName).enabled,
      depth: { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0 },
      states: { queued: 0, sending: 0, retrying: 0 },
      total: 0,
      oldestWaitMs: null,
      assembler,
    };
    for (const { priority, state, requests, oldestAcceptedAtMs } of depths) {
      view.depth[priority] += requests;
      view.total += requests;
      if (state === 'queued' || state === 'sending' || state === 'retrying') view.states[state] += requests;
      const waitMs = Math.max(0, this.clock.nowMs() - oldestAcceptedAtMs);
      view.oldestWaitMs = Math.max(view.oldestWaitMs ?? 0, waitMs);
    }
    return view;
  }
}
