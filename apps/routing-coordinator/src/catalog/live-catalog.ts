import { Injectable } from '@nestjs/common';
import {
  SERVICE_NAMES,
  SignalboxError,
  type ServiceConfig,
  type ServiceName,
  type VersionedService,
} from '@signalbox/contracts';
import { RoutingEngine } from '@signalbox/routing';

/** The configuration that this replica routes by right now. Newer versions replace older ones, never the reverse. */
@Injectable()
export class LiveCatalog {
  private readonly live = new Map<ServiceName, VersionedService>();

  private readonly listeners: ((service: ServiceName) => void)[] = [];

  constructor(private readonly engine: RoutingEngine) {}

  /** Called whenever a service is routed by a new version, the first included. */
  onApplied(listener: (service: ServiceName) => void): void {
    this.listeners.push(listener);
  }

  /** True when it was newer than what was live. */
  apply(candidate: VersionedService): boolean {
    const { serviceName } = candidate.service;
    const current = this.live.get(serviceName);
    if (current !== undefined && current.version >= candidate.version) return false;
    this.engine.configure(candidate.service);
    this.live.set(serviceName, candidate);
    for (const tell of this.listeners) tell(serviceName);
    return true;
  }

  /** @throws SignalboxError DEPENDENCY_UNAVAILABLE before the first configuration arrived */
  get(serviceName: ServiceName): VersionedService {
    const found = this.find(serviceName);
    if (found !== undefined) return found;
    throw new SignalboxError(
      'DEPENDENCY_UNAVAILABLE',
      `The configuration of ${serviceName} is not loaded yet`,
    );
  }

  find(serviceName: ServiceName): VersionedService | undefined {
    return this.live.get(serviceName);
  }

  services(): ServiceConfig[] {
    return this.all().map(({ service }) => service);
  }

  all(): VersionedService[] {
    return [...this.live.values()];
  }

  /** Capability → the services it depends on, the way people ask. */
  dependencies(): Record<string, ServiceName[]> {
    const graph: Record<string, ServiceName[]> = {};
    for (const { serviceName, dependents } of this.services()) {
      for (const dependent of dependents) (graph[dependent] ??= []).push(serviceName);
    }
    return graph;
  }

  /** Whether every service can be routed: the bucket tells them one after another. */
  get isLoaded(): boolean {
    return SERVICE_NAMES.every((serviceName) => this.live.has(serviceName));
  }
}
