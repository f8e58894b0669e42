import { toMicroUsd, type MicroUsd, type NodeConfig, type NodeRole } from '@signalbox/contracts';

/** A configured provider node in the units that routing computes in. Immutable; a new configuration makes a new one. */
export interface RouteNode {
  readonly nodeId: string;
  readonly providerName: string;
  readonly region: string;
  readonly role: NodeRole;
  readonly baseUrl: string;
  readonly costMicroUsd: MicroUsd;
  /** The operator's share in percent. */
  readonly weight: number;
  /** 0..1. */
  readonly priorSuccess: number;
  readonly priorLatencyMs: number;
  readonly drained: boolean;
  readonly maxConcurrent: number | null;
  readonly maxRequestsPerSecond: number | null;
}

export function routeNodeOf(config: NodeConfig): RouteNode {
  return {
    nodeId: config.nodeId,
    providerName: config.providerName,
    region: config.region,
    role: config.role,
    baseUrl: config.baseUrl,
    costMicroUsd: toMicroUsd(config.costPerRequestUsd),
    weight: config.weightPercent,
    priorSuccess: config.priorSuccessPercent / 100,
    priorLatencyMs: config.priorLatencyMs,
    drained: config.drained ?? false,
    maxConcurrent: config.maxConcurrent ?? null,
    maxRequestsPerSecond: config.maxRequestsPerSecond ?? null,
  };
}
