import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type CallPriority, type ServiceName, type StrategyName } from '@signalbox/contracts';
import { admits, stricterPace, type AdmissionPace, type RecoveryHold } from '@signalbox/routing';
import type { Rng } from '@signalbox/statistics';
import { RNG } from '@signalbox/hosting';

interface ServiceHolds {
  pace: AdmissionPace | null;
  defer: { priorities: readonly CallPriority[]; retryAfterSeconds: number } | null;
  strategy: StrategyName | null;
}

/** Callers that are shed by pace may try again soon: the pace is drawn anew for every call. */
const SHED_RETRY_SECONDS = 5;

/**
 * What recoveries and cascades hold over traffic right now. Each source (a recovery, a cascade) sets its holds
 * whole and lifts them whole; the decision reads one small object per service.
 */
@Injectable()
export class TrafficHolds {
  private readonly bySource = new Map<string, readonly RecoveryHold[]>();
  private inForce = new Map<ServiceName, ServiceHolds>();

  constructor(@Inject(RNG) private readonly rng: Rng) {}

  set(source: string, holds: readonly RecoveryHold[]): void {
    if (holds.length === 0) this.bySource.delete(source);
    else this.bySource.set(source, holds);
    this.combine();
  }

  /** The strategy that a recovery routes the service by; null when its own applies. */
  strategyFor(service: ServiceName): StrategyName | null {
    return this.inForce.get(service)?.strategy ?? null;
  }

  /** @throws SignalboxError TRAFFIC_SHED for a call that has to give way; CRITICAL ones never do. */
  admit(service: ServiceName, priority: CallPriority | null): void {
    const holds = this.inForce.get(service);
    if (holds === undefined) return;
    if (holds.defer !== null && holds.defer.priorities.includes(priority ?? 'MEDIUM')) {
      throw shed(
        service,
        'deferred to be sent in batches while the service recovers',
        holds.defer.retryAfterSeconds,
      );
    }
    if (holds.pace !== null && !admits(holds.pace, priority, this.rng)) {
      throw shed(service, 'shed by priority while a failure is being contained', SHED_RETRY_SECONDS);
    }
  }

  private combine(): void {
    const combined = new Map<ServiceName, ServiceHolds>();
    for (const hold of [...this.bySource.values()].flat()) {
      const holds = combined.get(hold.serviceName) ?? { pace: null, defer: null, strategy: null };
      switch (hold.kind) {
        case 'pace':
          holds.pace = holds.pace === null ? hold.pace : stricterPace(holds.pace, hold.pace);
          break;
        case 'defer':
          holds.defer = { priorities: hold.priorities, retryAfterSeconds: hold.retryAfterSeconds };
          break;
        case 'route_by':
          holds.strategy = hold.strategy;
          break;
      }
      combined.set(hold.serviceName, holds);
    }
    this.inForce = combined;
  }
}

function shed(service: ServiceName, why: string, retryAfterSeconds: number): SignalboxError {
  return new SignalboxError(
    'TRAFFIC_SHED',
    `Calls to ${service} are ${why}`,
    { serviceName: service },
    retryAfterSeconds,
  );
}
