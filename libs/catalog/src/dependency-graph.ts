import type { ServiceConfig, ServiceName } from '@signalbox/contracts';

/** A business capability that stops working when a service does, and what else it lives on. */
export interface AffectedDependent {
  dependent: string;
  /** The other services it depends on: the ones a cascade would reach next. */
  otherServices: ServiceName[];
}

/** Which capabilities depend on which services, as the catalog's `dependents` say. */
export class DependencyGraph {
  private readonly servicesByDependent = new Map<string, ServiceName[]>();
  private readonly dependentsByService = new Map<ServiceName, readonly string[]>();

  constructor(services: Iterable<ServiceConfig>) {
    for (const { serviceName, dependents } of services) {
      this.dependentsByService.set(serviceName, dependents);
      for (const dependent of dependents) {
        const known = this.servicesByDependent.get(dependent);
        if (known === undefined) this.servicesByDependent.set(dependent, [serviceName]);
        else known.push(serviceName);
      }
    }
  }

  /** The services a capability depends on; empty when nobody names it. */
  servicesOf(dependent: string): readonly ServiceName[] {
    return this.servicesByDependent.get(dependent) ?? [];
  }

  /** What stops working when the service does. */
  affectedBy(serviceName: ServiceName): AffectedDependent[] {
    const dependents = this.dependentsByService.get(serviceName) ?? [];
    return dependents.map((dependent) => ({
      dependent,
      otherServices: this.servicesOf(dependent).filter((other) => other !== serviceName),
    }));
  }
}
