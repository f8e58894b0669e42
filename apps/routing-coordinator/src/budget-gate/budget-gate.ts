import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { admitBasisPoints, bandOf, drawOf } from '@signalbox/budgets';
import {
  BUDGETS_BUCKET,
  LEASES_REQUEST,
  SERVICE_NAMES,
  SignalboxError,
  toMicroUsd,
  toUsd,
  type BudgetPeriodState,
  type BudgetState,
  type CallPriority,
  type Envelope,
  type LeaseAnswer,
  type LeaseRequest,
  type MicroUsd,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK, Fleet } from '@signalbox/hosting';
import { MessageBus, type BucketWatch } from '@signalbox/messaging';
import { HealthRegistry } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { LiveCatalog } from '../catalog/live-catalog.js';
import { COORDINATOR_SETTINGS, type CoordinatorSettings } from '../config.js';
import { SpendAllowance } from './spend-allowance.js';

/** Some seconds of traffic: large enough to be asked for rarely, small enough that others are not kept waiting. */
const CALLS_IN_A_SLICE = 50;
const SLICE_LASTS_MS = 60_000;
const LEND_TIMEOUT_MS = 2_000;
/** The optimizer tells every two seconds; three missed are a reason to look. */
const STALE_AFTER_MS = 6_000;

/** What a call that was let through is paid from: a slice of the budget, or the ledger when it hears of it. */
export interface Payment {
  leaseId: string | null;
}

/**
 * Keeps decisions inside the budgets without waiting for anybody: it goes by what the cost optimizer last told of each
 * budget, and draws on slices that it borrows ahead. While no optimizer ever told, no budget is enforced.
 */
@Injectable()
export class BudgetGate implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BudgetGate.name);
  private readonly allowances = new Map<ServiceName, SpendAllowance>(
    SERVICE_NAMES.map((service) => [service, new SpendAllowance()]),
  );
  private readonly borrowing = new Set<ServiceName>();
  private watch: BucketWatch<BudgetState> | undefined;

  constructor(
    private readonly bus: MessageBus,
    private readonly fleet: Fleet,
    private readonly catalog: LiveCatalog,
    private readonly health: HealthRegistry,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(COORDINATOR_SETTINGS) private readonly settings: CoordinatorSettings,
  ) {}

  onApplicationBootstrap(): void {
    this.watch = this.bus.bucket<BudgetState>(BUDGETS_BUCKET).watch((key, entry) => {
      if (entry !== null) this.allowances.get(key as ServiceName)?.tell(entry.value);
    });
    this.health.register('budgets', {
      required: false,
      check: () =>
        this.isStale()
          ? {
              state: 'degraded',
              reason:
                'No cost optimizer has told of the budgets for a while: decisions go on within this replica’s share of ' +
                'what was left. Check that a cost-optimizer runs and reaches Redis.',
            }
          : { state: 'operational' },
    });
  }

  beforeApplicationShutdown(): void {
    this.watch?.stop();
  }

  /**
   * The most that this call may cost, micro-dollars; null for no bound.
   * @throws SignalboxError TRAFFIC_SHED naming the budget, its period and when it renews, for a call of low or medium
   * priority when little is left
   */
  allow(service: ServiceName, priority: CallPriority | null, id: string): MicroUsd | null {
    const allowance = this.allowanceOf(service);
    const { known } = allowance;
    if (known === null) return null;
    if (!known.shadow && known.band === 'throttled') shed(known, priority ?? 'MEDIUM', id);
    return allowance.available(this.fleet.replicas(), this.clock.nowMs());
  }

  /** A call was let through at this cost: notes it, and borrows ahead when little of the slice is left. */
  pay(service: ServiceName, microUsd: MicroUsd): Payment {
    const allowance = this.allowanceOf(service);
    if (allowance.known === null || allowance.known.shadow) return { leaseId: null };
    const nowMs = this.clock.nowMs();
    const leaseId = allowance.draw(microUsd, nowMs);
    const wanted = this.dearestMicroUsd(service) * CALLS_IN_A_SLICE;
    if (allowance.leftOfSlices(nowMs) < wanted / 2) void this.borrow(service, wanted);
    return { leaseId };
  }

  /** Which budget a refusal for want of money is about, and when it renews; null when none is known. */
  exhausted(service: ServiceName): { budget: string; periodKey: string; renewsAt: string } | null {
    const { known } = this.allowanceOf(service);
    return known === null ? null : named(known);
  }

  private async borrow(serviceName: ServiceName, wantMicroUsd: MicroUsd): Promise<void> {
    if (this.borrowing.has(serviceName) || this.bus.state !== 'connected') return;
    this.borrowing.add(serviceName);
    const request: LeaseRequest = {
      serviceName,
      leaseId: `lease:${this.settings.replicaId}:${randomUUID()}`,
      holder: this.settings.replicaId,
      wantUsd: toUsd(wantMicroUsd),
      leastUsd: toUsd(this.dearestMicroUsd(serviceName)),
      ttlMs: SLICE_LASTS_MS,
    };
    try {
      const answer = await this.bus.request<Envelope<LeaseAnswer>>(LEASES_REQUEST, request, {
        timeoutMs: LEND_TIMEOUT_MS,
      });
      if (answer.success && answer.data.expiresAt !== null) {
        const { leaseId, grantedUsd, expiresAt } = answer.data;
        const slice = {
          leaseId,
          leftMicroUsd: toMicroUsd(grantedUsd),
          expiresAtMs: Date.parse(expiresAt),
        };
        this.allowanceOf(serviceName).lend(slice);
      }
    } catch (error) {
      this.logger.debug(`No slice of the budget of ${serviceName} could be borrowed: ${String(error)}`);
    } finally {
      this.borrowing.delete(serviceName);
    }
  }

  private dearestMicroUsd(service: ServiceName): MicroUsd {
    const nodes = this.catalog.find(service)?.service.nodes ?? [];
    const regular = nodes.filter(({ role }) => role !== 'emergency');
    return Math.max(0, ...regular.map(({ costPerRequestUsd }) => toMicroUsd(costPerRequestUsd)));
  }

  private allowanceOf(service: ServiceName): SpendAllowance {
    const allowance = this.allowances.get(service);
    if (allowance === undefined) throw new Error(`there is no budget of ${service}`);
    return allowance;
  }

  private isStale(): boolean {
    const oldestMs = this.clock.nowMs() - STALE_AFTER_MS;
    return [...this.allowances.values()].some(
      ({ known }) => known !== null && Date.parse(known.occurredAt) < oldestMs,
    );
  }
}

/** The tighter of the two periods: the one that a refusal names. */
function tighter({ day, month }: BudgetState): ['day' | 'month', BudgetPeriodState] {
  return day.utilization >= month.utilization ? ['day', day] : ['month', month];
}

function named(state: BudgetState): { budget: string; periodKey: string; renewsAt: string } {
  const [period, { periodKey, renewsAt }] = tighter(state);
  return { budget: `${state.serviceName} ${period}`, periodKey, renewsAt };
}

function shed(state: BudgetState, priority: CallPriority, id: string): void {
  const [, { capUsd, spentUsd, reservedUsd, renewsAt }] = tighter(state);
  const band = bandOf(state.throttleFrom, toMicroUsd(capUsd));
  if (drawOf(id) < admitBasisPoints(band, toMicroUsd(spentUsd + reservedUsd), priority)) return;
  const details = named(state);
  const retryAfterSeconds = Math.max(
    1,
    Math.ceil((Date.parse(renewsAt) - Date.parse(state.occurredAt)) / 1_000),
  );
  throw new SignalboxError(
    'TRAFFIC_SHED',
    `Little is left of the budget ${details.budget}: calls of priority ${priority} wait until it renews at ${renewsAt}`,
    details,
    retryAfterSeconds,
  );
}
