import { Module, type DynamicModule } from '@nestjs/common';
import { AnalyticsModule } from './analytics/analytics.module.js';
import { CatalogModule } from './catalog/catalog.module.js';
import { CircuitsModule } from './circuits/circuits.module.js';
import type { CoordinatorSettings } from './config.js';
import { CoordinatorHealthModule } from './coordinator-health/coordinator-health.module.js';
import { CredentialsModule } from './credentials/credentials.module.js';
import { DecideRouteModule } from './decide-route/decide-route.module.js';
import { EmergencyOverrideModule } from './emergency-override/emergency-override.module.js';
import { EngineModule } from './engine/engine.module.js';
import { ErrorEventsModule } from './error-events/error-events.module.js';
import { GossipModule } from './gossip/gossip.module.js';
import { HealthChecksModule } from './health-checks/health-checks.module.js';
import { MonitoringModule } from './monitoring/monitoring.module.js';
import { PredictiveModelModule } from './predictive-model/predictive-model.module.js';
import { RecorderModule } from './recorder/recorder.module.js';
import { RecoveryModule } from './recovery/recovery.module.js';
import { ReportOutcomeModule } from './report-outcome/report-outcome.module.js';
import { StatusModule } from './status/status.module.js';
import { StoresModule } from './stores.module.js';

/** Chooses the provider node for each call and learns from what became of it. */
@Module({})
export class RoutingCoordinatorModule {
  static with(settings: CoordinatorSettings): DynamicModule {
    return {
      module: RoutingCoordinatorModule,
      imports: [
        // What everything stands on.
        StoresModule.with(settings),
        EngineModule,
        CatalogModule,
        // The main job.
        DecideRouteModule,
        ReportOutcomeModule,
        ErrorEventsModule,
        EmergencyOverrideModule,
        // What keeps replicas of one mind.
        GossipModule,
        CircuitsModule,
        CredentialsModule,
        // What watches and mends.
        HealthChecksModule,
        MonitoringModule,
        RecoveryModule,
        PredictiveModelModule,
        // What is told and remembered.
        RecorderModule.with(settings),
        AnalyticsModule,
        CoordinatorHealthModule,
        StatusModule,
      ],
    };
  }
}
