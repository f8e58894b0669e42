import type { CallPriority, ServiceName } from '@signalbox/contracts';
import type { AffectedDependent, DependencyGraph } from '@signalbox/catalog';
import {
  FULL_PACE,
  SHED_ORDER,
  admits,
  shedPace,
  stricterPace,
  type AdmissionPace,
} from './admission-pace.js';
import type { Rng } from '@signalbox/statistics';

export type Sickness = 'degraded' | 'outage';

/**
 * What a sick service's cascade would reach, and how it is kept from it. The reason to act on services that
 * are well: a capability whose one dependency fails retries, times out and repeats the work it does on its
 * others, which so get the most load just when the least of it can be of use.
 */
export interface CascadePlan {
  readonly sickService: ServiceName;
  readonly sickness: Sickness;
  /** Capabilities to be told, before anything else. */
  readonly dependents: readonly string[];
  /** The services that share a dependent with the sick one. */
  readonly protectedServices: readonly ProtectedService[];
  readonly shedOrder: readonly CallPriority[];
}

export interface ProtectedService {
  readonly serviceName: ServiceName;
  /** The capabilities that it shares with the sick service. */
  readonly sharedDependents: readonly string[];
  /** Its traffic is let in at this pace; its circuits are warned. */
  readonly pace: AdmissionPace;
}

/**
 * Degraded: half of LOW gives way. Outage: all of LOW. No more: only a part of a protected service's traffic
 * comes from the dependents it shares with the sick one, and a call without a stated priority counts as MEDIUM.
 */
const RELIEF: Record<Sickness, number> = { degraded: 1 / 6, outage: 1 / 3 };

export function cascadePlan(
  graph: DependencyGraph,
  sickService: ServiceName,
  sickness: Sickness,
): CascadePlan {
  const affected = graph.affectedBy(sickService);
  const pace = shedPace(RELIEF[sickness]);
  const protectedServices = [...sharedDependents(affected)].map(([serviceName, shared]) => ({
    serviceName,
    sharedDependents: shared,
    pace,
  }));
  return {
    sickService,
    sickness,
    dependents: affected.map(({ dependent }) => dependent),
    protectedServices,
    shedOrder: SHED_ORDER,
  };
}

function sharedDependents(affected: readonly AffectedDependent[]): Map<ServiceName, string[]> {
  const shared = new Map<ServiceName, string[]>();
  for (const { dependent, otherServices } of affected) {
    for (const serviceName of otherServices) {
      shared.set(serviceName, [...(shared.get(serviceName) ?? []), dependent]);
    }
  }
  return shared;
}

/**
 * The cascades that run now, at most one a sick service. A cascade ends when its service recovers, and with
 * it all that it did: nothing of it is kept elsewhere.
 */
export class Cascades {
  private readonly running = new Map<ServiceName, CascadePlan>();
  private paces = new Map<ServiceName, AdmissionPace>();

  get plans(): readonly CascadePlan[] {
    return [...this.running.values()];
  }

  /** The plan to announce, or null when the same is already running. A change of sickness replaces the plan. */
  start(graph: DependencyGraph, sickService: ServiceName, sickness: Sickness): CascadePlan | null {
    if (this.running.get(sickService)?.sickness === sickness) return null;
    const plan = cascadePlan(graph, sickService, sickness);
    this.running.set(sickService, plan);
    this.recount();
    return plan;
  }

  /** The plan that ended, or null when none ran. */
  end(recoveredService: ServiceName): CascadePlan | null {
    const plan = this.running.get(recoveredService);
    if (plan === undefined) return null;
    this.running.delete(recoveredService);
    this.recount();
    return plan;
  }

  /** May a call to the service go now? One map lookup for a service that no cascade protects. */
  admits(serviceName: ServiceName, priority: CallPriority | null, rng: Rng): boolean {
    return admits(this.paceOf(serviceName), priority, rng);
  }

  /** The strictest pace that any running cascade asks of the service. */
  paceOf(serviceName: ServiceName): AdmissionPace {
    return this.paces.get(serviceName) ?? FULL_PACE;
  }

  /** What `RoutingEngine.setWarned` is to be given: the services whose circuits should trip early. */
  get warnedServices(): ReadonlySet<ServiceName> {
    return new Set(this.paces.keys());
  }

  private recount(): void {
    const paces = new Map<ServiceName, AdmissionPace>();
    for (const { protectedServices } of this.running.values()) {
      for (const { serviceName, pace } of protectedServices) {
        paces.set(serviceName, stricterPace(paces.get(serviceName) ?? FULL_PACE, pace));
      }
    }
    this.paces = paces;
  }
}
