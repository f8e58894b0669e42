import { Module, type DynamicModule } from '@nestjs/common';
import type { CoordinatorSettings } from '../config.js';
import { HistoryUpkeep } from './history-upkeep.js';
import { Recorder } from './recorder.js';

/** Writes history, on the replicas whose settings say so. */
@Module({})
export class RecorderModule {
  static with({ recorder }: CoordinatorSettings): DynamicModule {
    return recorder
      ? { module: RecorderModule, controllers: [Recorder], providers: [HistoryUpkeep] }
      : { module: RecorderModule };
  }
}
