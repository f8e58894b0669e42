import { Module } from '@nestjs/common';
import { CoordinationIdsModule } from '../decide-route/coordination-ids.module.js';
import { EmergencyOverrideModule } from '../emergency-override/emergency-override.module.js';
import { RecoveryModule } from '../recovery/recovery.module.js';
import { AgentConnectionsModule } from './agent-connections.module.js';
import { CriticalErrors } from './critical-errors.js';
import { ErrorConsumer } from './error.consumer.js';
import { ErrorEventsController } from './error-events.controller.js';
import { HandleError } from './handle-error.js';
import { WeighError } from './weigh-error.js';

@Module({
  imports: [AgentConnectionsModule, CoordinationIdsModule, EmergencyOverrideModule, RecoveryModule],
  controllers: [ErrorEventsController, ErrorConsumer],
  providers: [HandleError, WeighError, CriticalErrors],
  exports: [CriticalErrors],
})
export class ErrorEventsModule {}
