import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MessageBus } from '@signalbox/messaging';
import { Metrics } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { CLOCK } from '../ambient.js';
import { FleetLease } from '../fleet/fleet-lease.js';
import { HOSTED, type Hosted } from '../hosted.js';
import { Rounds, type RoundsOptions } from './rounds.js';

/** A round that waits for a server that is away must not keep what else has to be done before the end. */
const STOP_WITHIN_MS = 2_000;

export interface ScheduleOptions extends RoundsOptions {
  /** One replica of the fleet does it for all, and another when that one has been silent for so long. */
  oneReplica?: { lease: string; lastsMs: number };
}

/**
 * Recurring work of a process: begins when the process has started, and has ended before the servers are let go. A class
 * says in its constructor what it does how often; nothing runs before the start.
 */
@Injectable()
export class Schedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Schedule.name);
  private readonly all: Rounds[] = [];
  private readonly failures;

  constructor(
    metrics: Metrics,
    @Inject(MessageBus) private readonly bus: MessageBus,
    @Inject(HOSTED) private readonly hosted: Hosted,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.failures = metrics.counter({
      name: 'signalbox_rounds_failed_total',
      help: 'Rounds of recurring work that failed; the next one is the next try',
      labelNames: ['work'],
    });
  }

  /** The rounds are stopped with the process; whoever has something left to do after the last one may stop them before. */
  every({ oneReplica, ...options }: ScheduleOptions): Rounds {
    const { work } = options;
    this.failures.inc({ work }, 0);
    const lease = oneReplica && this.leaseOf(oneReplica);
    const rounds = new Rounds(options, this.logger, () => this.failures.inc({ work }), lease);
    this.all.push(rounds);
    return rounds;
  }

  onApplicationBootstrap(): void {
    for (const rounds of this.all) rounds.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    const stopped = Promise.all(this.all.map((rounds) => rounds.stop()));
    const isInTime = await Promise.race([
      stopped.then(() => true),
      delay(STOP_WITHIN_MS, false, { ref: false }),
    ]);
    if (isInTime) return;
    const late = this.all.filter(({ isBusy }) => isBusy).map(({ work }) => work);
    this.logger.warn(`Not waited for any longer at the stop: ${late.join(', ')}`);
  }

  private leaseOf({ lease: name, lastsMs }: { lease: string; lastsMs: number }): FleetLease {
    return new FleetLease(this.bus, this.clock, { name, lastsMs, replicaId: this.hosted.replicaId });
  }
}
