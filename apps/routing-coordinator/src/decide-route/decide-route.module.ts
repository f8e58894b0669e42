import { Module } from '@nestjs/common';
import { BudgetGateModule } from '../budget-gate/budget-gate.module.js';
import { EmergencyOverrideModule } from '../emergency-override/emergency-override.module.js';
import { AgentConnectionsModule } from '../error-events/agent-connections.module.js';
import { RecoveryModule } from '../recovery/recovery.module.js';
import { AgentContext } from './agent-context.js';
import { CoordinationIdsModule } from './coordination-ids.module.js';
import { DecideRoute } from './decide-route.js';
import { DecideRouteController } from './decide-route.controller.js';
import { DecideRouteReplies } from './decide-route.replies.js';
import { DecisionNews } from './decision-news.js';
import { DecisionMetrics } from './decision-metrics.js';
import { RouteCall } from './route-call.js';

@Module({
  imports: [
    BudgetGateModule,
    CoordinationIdsModule,
    AgentConnectionsModule,
    RecoveryModule,
    EmergencyOverrideModule,
  ],
  controllers: [DecideRouteController, DecideRouteReplies],
  providers: [DecideRoute, AgentContext, DecisionMetrics, DecisionNews, RouteCall],
})
export class DecideRouteModule {}
