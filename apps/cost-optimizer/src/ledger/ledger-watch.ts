import { Injectable, Logger } from '@nestjs/common';
import type { Journal, LedgerSnapshot, Movement } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import { LedgerJournal } from '@signalbox/persistence';
import { Metrics } from '@signalbox/platform';

/** The journal as the ledger uses it, timed, and what it says of how the ledger is. */
@Injectable()
export class LedgerWatch implements Journal {
  private readonly logger = new Logger('Ledger');
  private readonly opening = new Map<ServiceName, number>();
  private readonly appendSeconds;
  private readonly rebuilds;
  private isFailing = false;
  private backlogLength: () => number = () => 0;

  constructor(
    private readonly journal: LedgerJournal,
    metrics: Metrics,
  ) {
    this.appendSeconds = metrics.histogram({
      name: 'signalbox_journal_append_seconds',
      help: 'Time to make a group of movements durable',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    });
    this.rebuilds = metrics.counter({
      name: 'signalbox_ledger_rebuilds_total',
      help: 'Times that this process rebuilt the ledger of a service from the journal',
      labelNames: ['service'],
    });
    const length = () => this.backlog();
    metrics.gauge({
      name: 'signalbox_journal_backlog_movements',
      help: 'Movements that wait for PostgreSQL to come back',
      collect() {
        this.set(length());
      },
    });
  }

  async append(movements: readonly Movement[]): Promise<readonly boolean[]> {
    const end = this.appendSeconds.startTimer();
    const stored = await this.journal.append(movements);
    end();
    return stored;
  }

  async openGeneration(service: ServiceName): Promise<LedgerSnapshot> {
    this.opening.set(service, (this.opening.get(service) ?? 0) + 1);
    try {
      return await this.journal.openGeneration(service);
    } finally {
      const open = (this.opening.get(service) ?? 1) - 1;
      if (open > 0) this.opening.set(service, open);
      else this.opening.delete(service);
    }
  }

  /** Services whose ledger this process is reading from the journal. */
  rebuilding(): ServiceName[] {
    return [...this.opening.keys()];
  }

  /** Movements that wait for the journal to come back. */
  backlog(): number {
    return this.backlogLength();
  }

  readBacklogFrom(length: () => number): void {
    this.backlogLength = length;
  }

  rebuilt(service: ServiceName, generation: number): void {
    this.rebuilds.inc({ service });
    this.logger.log(`Rebuilt the ledger of ${service} from the journal: generation ${generation}`);
  }

  journalTold(event: { kind: 'failed'; error: unknown } | { kind: 'caught_up'; movements: number }): void {
    if (event.kind === 'failed') {
      if (!this.isFailing) {
        this.logger.warn(`The journal does not take movements; they are kept here: ${String(event.error)}`);
      }
      this.isFailing = true;
    } else {
      this.isFailing = false;
      this.logger.log(`The journal has taken ${event.movements} movements that waited for it`);
    }
  }
}
