import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ok, type ComponentState, type CoordinatorHealth, type Success } from '@signalbox/contracts';
import { HealthRegistry, PublicAccess } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { ActiveCoordinations } from '../analytics/active-coordinations.js';
import { BackendConnections } from '../analytics/backend-connections.js';
import { CLOCK } from '@signalbox/hosting';

/** What each part of the coordinator rests on: a part is as well as the worst of these. */
const RESTS_ON = {
  enhancedCoordinator: ['catalog'],
  routingService: ['catalog'],
  optimizationService: ['catalog', 'postgres'],
  fallbackManager: ['catalog', 'nats'],
} as const;
const INTEGRATION_RESTS_ON = {
  crossStreamCoordinator: ['nats'],
  recoveryService: ['nats'],
  monitoringService: ['nats'],
} as const;

@ApiTags('routing')
@Controller('enhanced-traffic-coordination')
export class CoordinatorHealthController {
  constructor(
    private readonly health: HealthRegistry,
    private readonly active: ActiveCoordinations,
    private readonly connections: BackendConnections,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `degraded` with the reasons when a dependency is down: decisions go on. */
  @Get('health')
  @PublicAccess({ perMinute: 300 })
  get(): Success<CoordinatorHealth> {
    const components = this.health.components();
    const states = Object.fromEntries(Object.entries(components).map(([name, { state }]) => [name, state]));
    const reasons = this.health.reasons();
    return ok({
      status: !this.health.isReady() ? 'unhealthy' : reasons.length > 0 ? 'degraded' : 'healthy',
      reasons,
      timestamp: new Date(this.clock.nowMs()).toISOString(),
      services: partsOf(RESTS_ON, states),
      backendAgentIntegration: partsOf(INTEGRATION_RESTS_ON, states),
      dependencies: states,
      activeCoordinations: this.active.count,
      backendConnections: this.connections.count,
    });
  }
}

function partsOf(
  parts: Readonly<Record<string, readonly string[]>>,
  states: Readonly<Record<string, ComponentState>>,
): Record<string, ComponentState> {
  return Object.fromEntries(
    Object.entries(parts).map(([part, needs]) => {
      const worst = needs.map((need) => states[need] ?? 'down');
      // Without the catalog nothing can be routed; any other loss only degrades.
      const state = worst.every((one) => one === 'operational')
        ? 'operational'
        : needs.includes('catalog') && states['catalog'] === 'down'
          ? 'down'
          : 'degraded';
      return [part, state];
    }),
  );
}
