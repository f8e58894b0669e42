import { Module } from '@nestjs/common';
import { EmergencyOverrideModule } from '../emergency-override/emergency-override.module.js';
import { MonitoringModule } from '../monitoring/monitoring.module.js';
import { ActiveRecoveries } from './active-recoveries.js';
import { CascadeWatch } from './cascade-watch.js';
import { Recoveries } from './recoveries.js';
import { RecoveryNews } from './recovery-news.js';
import { ResolutionTimes } from './resolution-times.js';
import { TrafficHolds } from './traffic-holds.js';

@Module({
  imports: [EmergencyOverrideModule, MonitoringModule],
  providers: [ActiveRecoveries, CascadeWatch, Recoveries, RecoveryNews, ResolutionTimes, TrafficHolds],
  exports: [ActiveRecoveries, Recoveries, ResolutionTimes, TrafficHolds],
})
export class RecoveryModule {}
