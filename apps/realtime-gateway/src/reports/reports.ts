import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  REPORTS,
  SignalboxError,
  reportSubject,
  type BatchQueueView,
  type BatchingPerformance,
  type CostMonitoring,
  type DashboardPart,
  type Envelope,
  type Recommendation,
  type ReportName,
  type ServiceRouting,
  type WebhookCoordination,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { LastKnown } from './last-known.js';

const FRESH_MS = 1_000;
/** Nobody waits that long: but what takes long, as after a start, is known to those who ask next. */
const GIVE_UP_MS = 15_000;

/** What each report tells, of all services: who is shown it is shown its own. */
interface Told {
  'service-routing': { items: ServiceRouting[] };
  'cost-monitoring': CostMonitoring;
  recommendations: { items: Recommendation[] };
  'batching-performance': BatchingPerformance;
  'batch-queues': { items: BatchQueueView[] };
  'webhook-coordination': WebhookCoordination;
}

/** `anew`: asked for after the call; `recent`: a second old will do. */
export type Asking = 'recent' | 'anew';

/** How things stand in the other apps: asked for over NATS; the last answer while one is away. */
@Injectable()
export class Reports {
  private readonly logger = new Logger(Reports.name);
  private readonly lastKnown = new Map<ReportName, LastKnown<unknown>>();

  constructor(
    private readonly bus: MessageBus,
    @Inject(CLOCK) clock: Clock,
  ) {
    for (const name of REPORTS) {
      const ask = () => this.question(name);
      const failed = (error: unknown) => this.failed(name, error);
      this.lastKnown.set(name, new LastKnown({ ask, clock, freshMs: FRESH_MS, failed }));
    }
  }

  /** Never rejects: an app that is away leaves its last answer, marked as stale. */
  ask<N extends ReportName>(name: N, asking: Asking = 'recent'): Promise<DashboardPart<Told[N]>> {
    const lastKnown = this.lastKnown.get(name) as LastKnown<Told[N]>;
    return asking === 'anew' ? lastKnown.anew() : lastKnown.recent();
  }

  private async question(name: ReportName): Promise<unknown> {
    const options = { timeoutMs: GIVE_UP_MS };
    const answer = await this.bus.request<Envelope<unknown>>(reportSubject(name), {}, options);
    if (answer.success) return answer.data;
    throw new SignalboxError(answer.error.code, answer.error.message);
  }

  /** An app that is away is shown as such; one that fails for another reason has a fault that somebody must mend. */
  private failed(name: ReportName, error: unknown): void {
    if (error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE') return;
    this.logger.warn(`The report ${name} was not answered: ${String(error)}`);
  }
}
