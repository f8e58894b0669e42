import { Global, Module } from '@nestjs/common';
import { AnomalyStore, Database, MinuteSeries, ModelStore } from '@signalbox/persistence';
import { AnomalyWatch } from './anomaly-watch.js';

const told = {
  provide: AnomalyStore,
  inject: [Database],
  useFactory: (database: Database) => new AnomalyStore(database),
};
const stores = [MinuteSeries, ModelStore].map((store) => ({
  provide: store,
  inject: [Database],
  useFactory: (database: Database) => new store(database),
}));

/** What is out of the ordinary: cost, latency and error rate of each service. */
@Global()
@Module({ providers: [told, ...stores, AnomalyWatch], exports: [AnomalyStore] })
export class AnomaliesModule {}
