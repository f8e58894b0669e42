import { Module } from '@nestjs/common';
import { Database, ModelStore } from '@signalbox/persistence';
import { CostAnalysisController } from './cost-analysis.controller.js';
import { CostAnalysis } from './cost-analysis.js';
import { ServiceForecasts } from './service-forecasts.js';

const models = {
  provide: ModelStore,
  inject: [Database],
  useFactory: (database: Database) => new ModelStore(database),
};

/** Where the money goes, and where it will have gone. */
@Module({ controllers: [CostAnalysisController], providers: [models, CostAnalysis, ServiceForecasts] })
export class CostAnalysisModule {}
