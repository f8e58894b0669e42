import { Worker } from 'node:worker_threads';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SERVICE_NAMES, type ServiceForecast, type ServiceName } from '@signalbox/contracts';
import { CLOCK, FleetLease, HOSTED, type Hosted } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import { Database, LedgerHours, ModelStore } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { ObservedLedger } from '../ledger/observed-ledger.js';
import { LiveRules } from '../rules/live-rules.js';
import type { ForecastInput } from './forecast-work.js';

const MODEL = 'service-forecasts';
const HOUR_MS = 3_600_000;
/** What a weekly rhythm can be told from, four times over. */
const HISTORY_MS = 8 * 7 * 24 * HOUR_MS;
const EVERY_MS = 10_000;
const LASTS_MS = 120_000;
const REFRESHED_EVERY_MS = 900_000;
/** While nothing can be forecast, which is found out at no cost. */
const RETRIED_EVERY_MS = 30_000;
/** Dozens of fits; on a busy machine several times their usual second or two. */
const MAX_WORK_MS = 90_000;

interface Made {
  madeAtMs: number;
  forecasts: Partial<Record<ServiceName, ServiceForecast>>;
}

/**
 * What each service will have spent and how many calls it will get, from the hours of the ledger. One replica makes the
 * forecasts every quarter of an hour, in a thread of its own, and keeps them where all of them read.
 */
@Injectable()
export class ServiceForecasts implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ServiceForecasts.name);
  private readonly lease: FleetLease;
  private timer: NodeJS.Timeout | undefined;
  private worker: Worker | undefined;
  private madeAtMs = -Infinity;
  private isSilent = true;
  private isBusy = false;

  constructor(
    private readonly hours: LedgerHours,
    private readonly ledger: ObservedLedger,
    private readonly rules: LiveRules,
    private readonly models: ModelStore,
    @Inject(Database) private readonly database: Database,
    @Inject(MessageBus) bus: MessageBus,
    @Inject(HOSTED) { replicaId }: Hosted,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lease = new FleetLease(bus, clock, { name: 'service-forecasts', replicaId, lastsMs: LASTS_MS });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.worker?.terminate();
    await this.lease.release().catch(() => undefined);
  }

  /** As last made, by whichever replica. */
  async all(): Promise<Partial<Record<ServiceName, ServiceForecast>>> {
    const saved = await this.models.load(MODEL);
    return (saved?.state as Made | undefined)?.forecasts ?? {};
  }

  private async round(): Promise<void> {
    const dueMs = this.madeAtMs + (this.isSilent ? RETRIED_EVERY_MS : REFRESHED_EVERY_MS);
    const isReady = this.database.state === 'connected' && this.rules.areLoaded;
    if (this.isBusy || !isReady || this.clock.nowMs() < dueMs) return;
    this.isBusy = true;
    try {
      if (!(await this.lease.isHeld())) return;
      const madeAtMs = this.clock.nowMs();
      const inputs = await Promise.all(SERVICE_NAMES.map((service) => this.inputOf(service, madeAtMs)));
      const made = await this.work(inputs);
      const forecasts = Object.fromEntries(SERVICE_NAMES.map((service, index) => [service, made[index]!]));
      await this.models.save(MODEL, { madeAtMs, forecasts } satisfies Made);
      this.madeAtMs = madeAtMs;
      this.isSilent = made.every(({ spend, load }) => spend.month === null && load === null);
    } catch (error) {
      this.madeAtMs = this.clock.nowMs();
      this.logger.warn(`Forecasts are as old as they are, next try in half a minute: ${String(error)}`);
    } finally {
      this.isBusy = false;
    }
  }

  private async inputOf(service: ServiceName, nowMs: number): Promise<ForecastInput> {
    const toMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
    const [spent, { budget }] = await Promise.all([
      this.hours.spendByHour(service, { fromMs: toMs - HISTORY_MS, toMs }),
      this.ledger.state(service),
    ]);
    const byHour = new Map(spent.map((hour) => [hour.hourStartMs, hour]));
    const hours: ForecastInput['hours'] = [];
    // The ledger knows every call: an hour of which it knows none, after its first, had none.
    for (let hourStartMs = spent[0]?.hourStartMs ?? toMs; hourStartMs < toMs; hourStartMs += HOUR_MS) {
      hours.push(byHour.get(hourStartMs) ?? { hourStartMs, spentMicroUsd: 0, calls: 0 });
    }
    const period = (use: { spentMicroUsd: number; renewsAtMs: number }) => ({
      spentMicroUsd: use.spentMicroUsd,
      endsAtMs: use.renewsAtMs,
    });
    const { timeZone } = this.rules.of(service).budget;
    return { nowMs, timeZone, hours, day: period(budget.day), month: period(budget.month) };
  }

  private async work(inputs: readonly ForecastInput[]): Promise<ServiceForecast[]> {
    const worker = new Worker(new URL('./forecast.worker.js', import.meta.url), { workerData: inputs });
    this.worker = worker;
    const timeout = setTimeout(() => void worker.terminate(), MAX_WORK_MS);
    try {
      return await new Promise<ServiceForecast[]>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('the forecasts’ thread ended without an answer')));
      });
    } finally {
      clearTimeout(timeout);
      this.worker = undefined;
    }
  }
}
