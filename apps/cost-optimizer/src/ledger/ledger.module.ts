import { setTimeout as wait } from 'node:timers/promises';
import { Global, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { JournaledLedger } from '@signalbox/budgets';
import { CLOCK } from '@signalbox/hosting';
import {
  BudgetAlertStore,
  Database,
  LedgerHours,
  LedgerJournal,
  Partitions,
  ReservationPayers,
} from '@signalbox/persistence';
import { RedisAdmissionLedger, RedisConnection } from '@signalbox/redis';
import type { Clock } from '@signalbox/statistics';
import { COST_OPTIMIZER_SETTINGS, type CostOptimizerSettings } from '../config.js';
import { LiveRules } from '../rules/live-rules.js';
import { JournalUpkeep } from './journal-upkeep.js';
import { LedgerCheck } from './ledger-check.js';
import { LedgerMetrics } from './ledger-metrics.js';
import { LedgerWatch } from './ledger-watch.js';
import { ObservedLedger } from './observed-ledger.js';
import { Sweeper } from './sweeper.js';

const journal: Provider[] = [
  {
    provide: LedgerJournal,
    inject: [Database, Partitions, CLOCK],
    useFactory: (database: Database, partitions: Partitions, clock: Clock) =>
      new LedgerJournal(database, partitions, clock),
  },
  ...[BudgetAlertStore, LedgerHours, ReservationPayers].map((store) => ({
    provide: store,
    inject: [Database],
    useFactory: (database: Database) => new store(database),
  })),
];

const ledger: Provider = {
  provide: ObservedLedger,
  inject: [RedisConnection, LiveRules, LedgerWatch, CLOCK, COST_OPTIMIZER_SETTINGS],
  useFactory: (
    connection: RedisConnection,
    rules: LiveRules,
    watch: LedgerWatch,
    clock: Clock,
    { reservationTtlMs }: CostOptimizerSettings,
  ) => {
    const journaled = new JournaledLedger({
      ledger: new RedisAdmissionLedger({
        connection,
        rulesOf: (service) => rules.of(service),
        reservationTtlMs,
      }),
      journal: watch,
      clock,
      wait: (ms) => wait(ms),
      onJournal: (event) => watch.journalTold(event),
      onRebuilt: (service, generation) => watch.rebuilt(service, generation),
    });
    watch.readBacklogFrom(() => journaled.backlogLength);
    return new ObservedLedger(journaled);
  },
};

/** The ledger of what services may spend: atomic in Redis, journalled in PostgreSQL, rebuilt from there. */
@Global()
@Module({})
export class LedgerModule {
  static with(settings: CostOptimizerSettings): DynamicModule {
    const used = [...journal, ledger];
    return {
      module: LedgerModule,
      providers: [
        { provide: COST_OPTIMIZER_SETTINGS, useValue: settings },
        ...used,
        LedgerWatch,
        LedgerCheck,
        LedgerMetrics,
        Sweeper,
        JournalUpkeep,
      ],
      exports: used,
    };
  }
}
