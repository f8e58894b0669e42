import { Global, Module } from '@nestjs/common';
import { SpendForecaster } from '../cost-monitoring/spend-forecaster.js';
import { ProfileForecaster } from './profile-forecaster.js';

/** How running periods are projected. */
@Global()
@Module({
  providers: [{ provide: SpendForecaster, useClass: ProfileForecaster }],
  exports: [SpendForecaster],
})
export class ForecasterModule {}
