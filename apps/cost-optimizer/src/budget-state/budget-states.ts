import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { LedgerState } from '@signalbox/budgets';
import { BUDGETS_BUCKET, SERVICE_NAMES, type BudgetState, type ServiceName } from '@signalbox/contracts';
import { MessageBus, type KeyValueBucket } from '@signalbox/messaging';
import { budgetBandOf, periodStateOf } from '../admit-call/admission-answer.js';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { LiveRules } from '../rules/live-rules.js';

/** Movements of this long go out as one state. */
const COALESCED_MS = 50;
/** Without a movement, too: periods roll over, and another replica's last word may have been overtaken. */
const REFRESH_EVERY_MS = 2_000;
const EVENT_EVERY_MS = 1_000;
const MAX_ATTEMPTS = 5;

/**
 * Puts where each budget stands into a bucket that coordinators and clients watch, within 100 ms of a movement, and
 * tells it to the world about once a second and whenever what it lets through changes. Replicas may all do it: an older
 * state never replaces a newer one.
 */
@Injectable()
export class BudgetStates implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(BudgetStates.name);
  private readonly bucket: KeyValueBucket<BudgetState>;
  private readonly waiting = new Map<ServiceName, NodeJS.Timeout>();
  private readonly publishing = new Set<ServiceName>();
  /** Second of the last event, by service. */
  private readonly toldSecond = new Map<ServiceName, number>();
  /** Whose last state was not told, since one had been told in that second. */
  private readonly heldBack = new Set<ServiceName>();
  private timer: NodeJS.Timeout | undefined;
  private isFailing = false;

  constructor(
    @Inject(MessageBus) private readonly bus: MessageBus,
    private readonly ledger: ObservedLedger,
    private readonly rules: LiveRules,
  ) {
    this.bucket = bus.bucket<BudgetState>(BUDGETS_BUCKET);
  }

  onApplicationBootstrap(): void {
    this.ledger.subscribe({ moved: (service) => this.publishSoon(service) });
    this.rules.onChanged((service) => this.publishSoon(service));
    this.timer = setInterval(() => {
      for (const service of SERVICE_NAMES) this.publishSoon(service);
    }, REFRESH_EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }

  private publishSoon(service: ServiceName): void {
    if (this.waiting.has(service) || !this.rules.areLoaded || this.bus.state !== 'connected') return;
    this.waiting.set(
      service,
      setTimeout(() => {
        this.waiting.delete(service);
        void this.publish(service);
      }, COALESCED_MS),
    );
  }

  private async publish(service: ServiceName): Promise<void> {
    if (this.publishing.has(service)) {
      this.publishSoon(service);
      return;
    }
    this.publishing.add(service);
    try {
      await this.put(this.stateOf(await this.ledger.state(service)));
      this.isFailing = false;
    } catch (error) {
      if (!this.isFailing) this.logger.warn(`The state of budgets is not shared for now: ${String(error)}`);
      this.isFailing = true;
    } finally {
      this.publishing.delete(service);
    }
  }

  /** Unless a newer one is there, or the same. */
  private async put(state: BudgetState): Promise<void> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const current = await this.bucket.get(state.serviceName);
      const before = current?.value;
      if (before !== undefined) {
        if (Date.parse(before.occurredAt) > Date.parse(state.occurredAt)) return;
        if (saysTheSame(before, state)) {
          this.tell(state, 'same');
          return;
        }
      }
      const stored =
        current === null
          ? await this.bucket.create(state.serviceName, state)
          : await this.bucket.update(state.serviceName, state, current.revision);
      if (!stored.won) continue;
      this.tell(state, before?.band === state.band ? 'moved' : 'other band');
      return;
    }
  }

  /**
   * One event a second and service, whichever replica tells it: they give it the same id. What is held back is told
   * by the next refresh.
   */
  private tell(state: BudgetState, change: 'same' | 'moved' | 'other band'): void {
    const { serviceName, band, occurredAt } = state;
    const second = Math.floor(Date.parse(occurredAt) / EVENT_EVERY_MS);
    const isTold = (this.toldSecond.get(serviceName) ?? 0) >= second;
    const isHeldBack = this.heldBack.has(serviceName);
    if (change === 'same' && !isHeldBack) return;
    if (change !== 'other band' && isTold) {
      this.heldBack.add(serviceName);
      return;
    }
    this.heldBack.delete(serviceName);
    this.toldSecond.set(serviceName, second);
    const eventId =
      change === 'other band'
        ? `budget:${serviceName}:${band}:${Date.parse(occurredAt)}`
        : `budget:${serviceName}:${second}`;
    this.bus.post('budgets.state', serviceName, { ...state, eventId });
  }

  private stateOf({ serviceName, atMs, budget }: LedgerState): BudgetState {
    const { throttleFrom, shadow } = this.rules.of(serviceName).budget;
    return {
      eventId: `budget:${serviceName}:${atMs}`,
      occurredAt: new Date(atMs).toISOString(),
      serviceName,
      day: periodStateOf(budget.day),
      month: periodStateOf(budget.month),
      band: budgetBandOf(budget),
      throttleFrom,
      shadow: shadow ?? false,
    };
  }
}

function saysTheSame(one: BudgetState, other: BudgetState): boolean {
  const said = ({ eventId: _id, occurredAt: _at, ...rest }: BudgetState) => JSON.stringify(rest);
  return said(one) === said(other);
}
