import { randomBytes } from 'node:crypto';
import type { DecisionAnswer, ServiceName } from '@signalbox/contracts';

/** A node as the caller's function gets it. The names are null for a node of the static fallback list. */
export interface CallNode {
  nodeId: string;
  baseUrl: string;
  providerName: string | null;
  region: string | null;
}

/** A node that the client may use when Signalbox was never reached. */
export type FallbackNode = Pick<CallNode, 'nodeId' | 'baseUrl'>;

/** Who chose the nodes: a decision just made, the last decision of the service, or the configured list. */
export type OrderSource = 'decision' | 'remembered' | 'configured';

/** Nodes in the order to try them, best first, and the id that the next attempt reports under. */
export interface NodeOrder {
  source: OrderSource;
  coordinationId: string;
  nodes: readonly CallNode[];
}

export function orderOf(answer: DecisionAnswer): NodeOrder {
  const { selectedNode, alternatives } = answer.routingDecision;
  const nodes = [selectedNode, ...alternatives].map(({ nodeId, baseUrl, providerName, region }) => ({
    nodeId,
    baseUrl,
    providerName,
    region,
  }));
  return { source: 'decision', coordinationId: answer.coordinationId, nodes };
}

/**
 * An id for an attempt that Signalbox did not decide. Outcomes are counted once per id, so each attempt needs
 * its own; the form is that of the contract, so that the outcome counts for its node once it is delivered.
 */
export function localCoordinationId(nowMs: number): string {
  return `local_${Math.floor(nowMs / 1000)}_${randomBytes(8).toString('hex')}`;
}

/**
 * What to do without Signalbox: the last order it gave for the service, else the configured one. A node that
 * fails goes to the back, so that one dead node does not cost every call its first attempt; the next decision
 * sets the order anew. Holds one order a service.
 */
export class OrderMemory {
  private readonly orders = new Map<ServiceName, { source: OrderSource; nodes: readonly CallNode[] }>();

  constructor(configured: Partial<Record<ServiceName, readonly FallbackNode[]>>) {
    for (const [service, nodes] of Object.entries(configured)) {
      const unnamed = nodes.map((node) => ({ ...node, providerName: null, region: null }));
      if (nodes.length > 0) this.orders.set(service as ServiceName, { source: 'configured', nodes: unnamed });
    }
  }

  remember(service: ServiceName, order: NodeOrder): void {
    this.orders.set(service, { source: 'remembered', nodes: order.nodes });
  }

  demote(service: ServiceName, nodeId: string): void {
    const order = this.orders.get(service);
    if (order === undefined) return;
    const failed = order.nodes.filter((node) => node.nodeId === nodeId);
    const others = order.nodes.filter((node) => node.nodeId !== nodeId);
    this.orders.set(service, { ...order, nodes: [...others, ...failed] });
  }

  recall(service: ServiceName, nowMs: number): NodeOrder | undefined {
    const order = this.orders.get(service);
    return order && { ...order, coordinationId: localCoordinationId(nowMs) };
  }
}
