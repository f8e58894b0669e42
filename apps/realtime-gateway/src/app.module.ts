import { Module, type DynamicModule } from '@nestjs/common';
import { AlertStore, Database, PerformanceStore } from '@signalbox/persistence';
import { AlertGauge } from './alerts/alert-gauge.js';
import { AlertNews } from './alerts/alert-news.js';
import { AlertRounds } from './alerts/alert-rounds.js';
import { AlertThresholdsController } from './alerts/alert-thresholds.controller.js';
import { AlertingFacts } from './alerts/alerting-facts.js';
import { AlertingRules } from './alerts/alerting-rules.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { Alerts } from './alerts/alerts.js';
import { WatchThresholds } from './alerts/watch-thresholds.js';
import { GATEWAY_SETTINGS, type GatewaySettings } from './config.js';
import { Connections } from './connections/connections.js';
import { RealtimeMetricsController } from './connections/realtime-metrics.controller.js';
import { RealtimeGateway } from './connections/realtime.gateway.js';
import { Snapshots } from './connections/snapshots.js';
import { SubscribeToRooms } from './connections/subscribe.js';
import { DashboardPush } from './dashboard/dashboard-push.js';
import { DashboardController } from './dashboard/dashboard.controller.js';
import { Dashboards } from './dashboard/dashboards.js';
import { SnapshotsOfRooms } from './dashboard/room-snapshots.js';
import { PerformanceSource, StandingAlertsSource } from './dashboard/sources.js';
import { FleetHealthController } from './fleet-health/fleet-health.controller.js';
import { FleetHealth } from './fleet-health/fleet-health.js';
import { ToldFacts } from './messages/told-facts.js';
import { CoordinationEvents } from './metrics/coordination-events.js';
import { PerformanceCollector } from './metrics/performance-collector.js';
import { PerformanceMetrics } from './metrics/performance-metrics.js';
import { PerformanceController } from './metrics/performance.controller.js';
import { ConnectedParticipants } from './participants/connected-participants.js';
import { ParticipantsController } from './participants/participants.controller.js';
import { Participants } from './participants/participants.js';
import { SendCoordinationEvent } from './participants/send-event.js';
import { FreshReports } from './reports/fresh-reports.js';
import { Reports } from './reports/reports.js';
import { RevocationsController } from './revocations/revocations.controller.js';
import { RevokeOrRestoreTokens } from './revocations/revoke-tokens.js';
import { Rooms } from './rooms/rooms.js';
import { LiveSpend } from './status/live-spend.js';
import { ServiceStatusController } from './status/service-status.controller.js';
import { ServiceStatuses } from './status/service-status.js';

/** Shows everything live to front ends, never with a gap. */
@Module({})
export class RealtimeGatewayModule {
  static with(settings: GatewaySettings): DynamicModule {
    return {
      module: RealtimeGatewayModule,
      controllers: [
        ToldFacts,
        AlertingFacts,
        AlertsController,
        AlertThresholdsController,
        RealtimeMetricsController,
        ServiceStatusController,
        PerformanceController,
        DashboardController,
        FleetHealthController,
        ParticipantsController,
        RevocationsController,
      ],
      providers: [
        { provide: GATEWAY_SETTINGS, useValue: settings },
        // What is told, and to whom.
        Rooms,
        Connections,
        Snapshots,
        SubscribeToRooms,
        RealtimeGateway,
        RevokeOrRestoreTokens,
        // Who takes part.
        Participants,
        ConnectedParticipants,
        SendCoordinationEvent,
        // How things stand.
        Reports,
        FreshReports,
        LiveSpend,
        ServiceStatuses,
        FleetHealth,
        // How services perform.
        {
          provide: PerformanceStore,
          inject: [Database],
          useFactory: (database: Database) => new PerformanceStore(database),
        },
        CoordinationEvents,
        PerformanceMetrics,
        PerformanceCollector,
        // What asks for a person's attention.
        {
          provide: AlertStore,
          inject: [Database],
          useFactory: (database: Database) => new AlertStore(database),
        },
        AlertingRules,
        AlertNews,
        Alerts,
        AlertRounds,
        AlertGauge,
        WatchThresholds,
        // All of it in one answer.
        { provide: StandingAlertsSource, useExisting: Alerts },
        { provide: PerformanceSource, useExisting: PerformanceMetrics },
        Dashboards,
        DashboardPush,
        SnapshotsOfRooms,
      ],
    };
  }
}
