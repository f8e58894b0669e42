import { Module } from '@nestjs/common';
import { AgentConnectionsModule } from '../error-events/agent-connections.module.js';
import { ActiveCoordinations } from './active-coordinations.js';
import { AnalyticsController } from './analytics.controller.js';
import { BackendConnections } from './backend-connections.js';
import { CoordinationsController } from './coordinations.controller.js';

@Module({
  imports: [AgentConnectionsModule],
  controllers: [AnalyticsController, CoordinationsController],
  providers: [ActiveCoordinations, BackendConnections],
  exports: [ActiveCoordinations, BackendConnections],
})
export class AnalyticsModule {}
