import type { BudgetBand, BudgetPeriodState } from './cost.js';
import type { ServiceRouting, ServiceStatus } from './reports.js';
import type { CallPriority, ServiceName } from './vocabulary.js';

/** What the gateway shows of the services. `asOf` says when an app last told; `stale` that it does not answer now. */

export interface SpendView {
  day: BudgetPeriodState;
  month: BudgetPeriodState;
  band: BudgetBand;
  asOf: string;
}

export interface QueueView {
  total: number;
  depth: Record<CallPriority, number>;
  oldestWaitMs: number | null;
  /** When it was last told. */
  asOf: string;
  /** The batching worker does not answer now. */
  stale: boolean;
}

/** One line of GET /external-services/status. Null: not known. */
export interface ServiceGlance {
  serviceName: ServiceName;
  /** `unknown` while no coordinator ever answered. */
  status: ServiceStatus | 'unknown';
  reasons: string[];
  strategy: string | null;
  /** Nodes by the state of their circuit. */
  circuits: { closed: number; open: number; halfOpen: number };
  errorRate: number | null;
  latencyMs: { p50: number | null; p95: number | null; p99: number | null };
  inFlight: number | null;
  override: ServiceRouting['override'];
  spend: SpendView | null;
  queue: QueueView | null;
}

export interface ServicesStatus {
  items: ServiceGlance[];
  /** When routing was last told. */
  asOf: string | null;
  stale: boolean;
}

/** GET /external-services/:serviceName/health. */
export interface ServiceHealth extends ServiceGlance {
  nodes: ServiceRouting['nodes'];
  asOf: string | null;
  stale: boolean;
}

/** GET /stream-b-coordination/health/comprehensive: one process of ours. */
export interface ProcessHealth {
  name: string;
  apps: string[];
  replicaId: string;
  state: 'operational' | 'degraded' | 'down';
  reasons: string[];
  components: Record<string, string>;
  startedAt: string;
  lastHeardAt: string;
}

export interface ComprehensiveHealth {
  status: 'healthy' | 'degraded' | 'unhealthy';
  reasons: string[];
  processes: ProcessHealth[];
  /** Each app, by how many processes run it; an app that none runs is `down`. */
  apps: Record<string, { state: 'operational' | 'degraded' | 'down'; replicas: number }>;
  /** Each dependency, by the worst that a process says of it. */
  dependencies: Record<string, 'operational' | 'degraded' | 'down'>;
}
