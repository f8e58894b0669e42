import { Module } from '@nestjs/common';
import { Database, RecommendationStore, RecordedTraffic } from '@signalbox/persistence';
import { ChangeSettings } from './change-settings.js';
import { LivePolicies } from './live-policies.js';
import { LiveServices } from './live-services.js';
import { OptimizationController } from './optimization.controller.js';
import { OptimizationUpkeep } from './optimization-upkeep.js';
import { Optimizer } from './optimizer.js';
import { RealisedSavings } from './realised-savings.js';

const stores = [RecommendationStore, RecordedTraffic].map((store) => ({
  provide: store,
  inject: [Database],
  useFactory: (database: Database) => new store(database),
}));

/** Settings that would have saved, found by replaying what was recorded; applied, measured and taken back. */
@Module({
  controllers: [OptimizationController],
  providers: [
    ...stores,
    LiveServices,
    LivePolicies,
    ChangeSettings,
    RealisedSavings,
    Optimizer,
    OptimizationUpkeep,
  ],
  exports: [RecommendationStore],
})
export class OptimizationModule {}
