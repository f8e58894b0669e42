import { Injectable } from '@nestjs/common';
import type { ComprehensiveHealth, ProcessHealth } from '@signalbox/contracts';
import { Fleet, type Member } from '@signalbox/hosting';

type State = 'operational' | 'degraded' | 'down';

/** What Signalbox is made of: an app of these that no process runs is down. */
const APPS = [
  'routing-coordinator',
  'cost-optimizer',
  'batching-worker',
  'webhook-ingest',
  'realtime-gateway',
] as const;
const DEPENDENCIES = ['nats', 'redis', 'postgres'] as const;
const ORDER: readonly State[] = ['operational', 'degraded', 'down'];

/** How every process and dependency is, by what each process last said of itself. */
@Injectable()
export class FleetHealth {
  constructor(private readonly fleet: Fleet) {}

  get(): ComprehensiveHealth {
    const members = this.fleet.members();
    const apps = Object.fromEntries(APPS.map((app) => [app, appHealth(members, app)]));
    const dependencies = Object.fromEntries(
      DEPENDENCIES.map((name) => [name, worst(members.map(({ components }) => components[name]))]),
    );
    const missing = APPS.filter((app) => apps[app]?.state === 'down').map(
      (app) => `No process runs ${app}, or it has not been heard of for 15 s: start it, or look at its log.`,
    );
    const reasons = [...new Set([...missing, ...members.flatMap((member) => member.reasons)])];
    const states = [...Object.values(apps).map(({ state }) => state), ...Object.values(dependencies)];
    return {
      status:
        states.every((state) => state === 'operational') && reasons.length === 0
          ? 'healthy'
          : apps['routing-coordinator']?.state === 'down'
            ? 'unhealthy'
            : 'degraded',
      reasons,
      processes: members.map(processHealth),
      apps,
      dependencies,
    };
  }
}

function appHealth(members: readonly Member[], app: string): { state: State; replicas: number } {
  const running = members.filter(({ apps }) => apps.includes(app));
  // One healthy replica is enough to serve.
  const best = Math.min(...running.map(({ state }) => ORDER.indexOf(state)), ORDER.length - 1);
  return { state: ORDER[best] ?? 'down', replicas: running.length };
}

function worst(states: readonly (State | undefined)[]): State {
  return ORDER[Math.max(0, ...states.map((state) => ORDER.indexOf(state ?? 'operational')))] ?? 'down';
}

function processHealth({ lastHeardMs, ...member }: Member): ProcessHealth {
  return { ...member, lastHeardAt: new Date(lastHeardMs).toISOString() };
}
