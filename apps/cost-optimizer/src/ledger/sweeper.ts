import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { CLOCK, FleetLease, HOSTED, Schedule, type Hosted, type Rounds } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { LiveRules } from '../rules/live-rules.js';
import { LedgerWatch } from './ledger-watch.js';
import { ObservedLedger } from './observed-ledger.js';

const EVERY_MS = 1_000;
/** Survives two missed rounds. */
const LEASE_MS = 3_500;
/** Of a service, in one round; the rest is the next one's. */
const MAX_SWEEPS = 20;

/** Takes back what nothing settled in time: one replica for the fleet, another as soon as that one is gone. */
@Injectable()
export class Sweeper implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Sweeper.name);
  private readonly lease: FleetLease;
  private readonly rounds: Rounds;

  constructor(
    private readonly ledger: ObservedLedger,
    private readonly rules: LiveRules,
    private readonly watch: LedgerWatch,
    @Inject(MessageBus) bus: MessageBus,
    @Inject(CLOCK) clock: Clock,
    @Inject(HOSTED) { replicaId }: Hosted,
    schedule: Schedule,
  ) {
    this.lease = new FleetLease(bus, clock, { name: 'ledger-sweep', replicaId, lastsMs: LEASE_MS });
    this.rounds = schedule.every({
      work: 'Sweep of reservations',
      everyMs: EVERY_MS,
      round: () => this.sweepAll(),
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.rounds.stop();
    await this.lease.release().catch(() => undefined);
  }

  private async sweepAll(): Promise<void> {
    if (!this.rules.areLoaded) return;
    // A sweep also journals what waits in this process, which no other can do for it.
    if (!(await this.lease.isHeld()) && this.watch.backlog() === 0) return;
    const failed: string[] = [];
    for (const service of SERVICE_NAMES) {
      // One that cannot be swept does not keep those after it from being swept.
      await this.sweep(service).catch((error: unknown) => failed.push(`${service}: ${String(error)}`));
    }
    if (failed.length > 0) throw new Error(failed.join('; '));
  }

  private async sweep(service: ServiceName): Promise<void> {
    let expired = 0;
    for (let sweeps = 0; sweeps < MAX_SWEEPS; sweeps++) {
      const sweep = await this.ledger.sweep(service);
      expired += sweep.expired;
      if (!sweep.more) break;
    }
    if (expired > 0) this.logger.log(`${expired} reservations of ${service} have expired without an outcome`);
  }
}
