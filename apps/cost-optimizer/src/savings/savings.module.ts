import { Global, Module } from '@nestjs/common';
import { BatchStatistics, CostTallies, Database, RefusalTallies } from '@signalbox/persistence';
import { CostSavingsController } from './cost-savings.controller.js';
import { CostSavings } from './cost-savings.js';
import { MoneyUpkeep } from './money-upkeep.js';
import { Refusals } from './refusals.js';

const money = {
  provide: CostTallies,
  inject: [Database],
  useFactory: (database: Database) => new CostTallies(database),
};
const stores = [BatchStatistics, RefusalTallies].map((store) => ({
  provide: store,
  inject: [Database],
  useFactory: (database: Database) => new store(database),
}));

/** What was saved, and by what; and where the money went. */
@Global()
@Module({
  controllers: [CostSavingsController],
  providers: [money, ...stores, CostSavings, MoneyUpkeep, Refusals],
  exports: [CostTallies],
})
export class SavingsModule {}
