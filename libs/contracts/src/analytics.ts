import Type, { type Static } from 'typebox';
import { TIMEFRAMES } from './vocabulary.js';
import { contract } from './validate.js';

export const PerformanceQuerySchema = Type.Object(
  { timeframe: Type.Optional(Type.Enum([...TIMEFRAMES])) },
  { additionalProperties: false },
);
export type PerformanceQuery = Static<typeof PerformanceQuerySchema>;
export const performanceQuery = contract(PerformanceQuerySchema);

/** Rates are percent 0..100, money dollars, times ms. Null: nothing was measured in the range. */
export interface ServiceAnalytics {
  coordinations: number;
  successRate: number | null;
  avgCostSavings: number | null;
  backendIntegrationRate: number | null;
}

/** The `data` of GET /coordination-analytics. Savings are against every call on the service's primary node. */
export interface CoordinationAnalytics {
  from: string;
  to: string;
  totalServices: number;
  totalCoordinations: number;
  successfulCoordinations: number;
  averageCoordinationTime: number | null;
  totalCostSavings: number | null;
  backendIntegrationRate: number | null;
  serviceBreakdown: Record<string, ServiceAnalytics>;
  emergencyActivations: number;
  lastUpdate: string;
}

/** The `data` of GET /performance-metrics/:serviceName. */
export interface ServicePerformance {
  serviceName: string;
  timeframe: string;
  performanceMetrics: {
    averageCoordinationTime: number | null;
    successRate: number | null;
    backendIntegrationRate: number | null;
    /** Dollars saved per call against the primary node. */
    costOptimization: number | null;
  };
  businessImpact: {
    totalCostSavings: number | null;
    coordinationsHandled: number;
    emergencyModeActivations: number;
    /** Minutes from start to end of a recovery. */
    averageResolutionTime: number | null;
  };
  systemHealth: {
    activeCoordinations: number;
    backendConnections: number;
    /** nodeId → healthScore 0..100. */
    providerHealth: Record<string, number>;
    lastUpdate: string;
  };
}

export type ComponentState = 'operational' | 'degraded' | 'down';

/** The `data` of GET /health. */
export interface CoordinatorHealth {
  status: 'healthy' | 'degraded' | 'unhealthy';
  /** Why it is not healthy, one sentence a dependency, with what to do. */
  reasons: string[];
  timestamp: string;
  services: Record<string, ComponentState>;
  backendAgentIntegration: Record<string, ComponentState>;
  dependencies: Record<string, ComponentState>;
  activeCoordinations: number;
  backendConnections: number;
}
