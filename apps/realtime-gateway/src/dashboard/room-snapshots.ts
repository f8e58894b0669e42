import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  SERVICE_NAMES,
  type CoordinationStanding,
  type DashboardPart,
  type Room,
  type RoomSnapshots,
  type ServiceName,
  type ServiceRouting,
} from '@signalbox/contracts';
import { Snapshots } from '../connections/snapshots.js';
import { Participants } from '../participants/participants.js';
import { Reports } from '../reports/reports.js';
import { LiveSpend } from '../status/live-spend.js';
import { ServiceStatuses } from '../status/service-status.js';
import { Dashboards } from './dashboards.js';
import { itemsShown, partOf, shownTo, webhooksShown, type IsShown } from './shown-parts.js';

type Sources = {
  [R in Room]: () => Promise<(isShown: IsShown) => RoomSnapshots[R]>;
};

/** How things stand in each room: asked for anew, so that nothing the room has told is missing. */
@Injectable()
export class SnapshotsOfRooms implements OnModuleInit {
  constructor(
    private readonly snapshots: Snapshots,
    private readonly reports: Reports,
    private readonly statuses: ServiceStatuses,
    private readonly spend: LiveSpend,
    private readonly participants: Participants,
    private readonly dashboards: Dashboards,
  ) {}

  onModuleInit(): void {
    for (const [room, take] of Object.entries(this.sources) as [Room, Sources[Room]][]) {
      this.snapshots.register(room, async () => {
        const shown = await take();
        return (caller) => shown(shownTo(caller));
      });
    }
  }

  private readonly sources: Sources = {
    api_status_updates: async () => {
      const status = await this.statuses.all(() => true, 'anew');
      return (isShown) => ({ ...status, ...itemsShown(status, isShown) });
    },
    cost_monitoring: () => {
      const items = SERVICE_NAMES.flatMap((serviceName) => this.spendOf(serviceName));
      return Promise.resolve((isShown) => itemsShown({ items }, isShown));
    },
    coordination: async () => {
      const routing = standing(await this.reports.ask('service-routing', 'anew'));
      return (isShown) => partOf(routing, (data) => itemsShown(data, isShown));
    },
    batching_performance: async () => {
      const queues = await this.reports.ask('batch-queues', 'anew');
      return (isShown) => partOf(queues, (data) => itemsShown(data, isShown));
    },
    webhook_events: async () => {
      const webhooks = await this.reports.ask('webhook-coordination', 'anew');
      return (isShown) => partOf(webhooks, (data) => webhooksShown(data, isShown));
    },
    rate_limit_alerts: async () => {
      // Of each service for itself: so many alerts of others never crowd them out.
      const standing = await Promise.all(
        SERVICE_NAMES.map((name) => this.dashboards.standingAlerts((serviceName) => serviceName === name)),
      );
      const limits = standing.flatMap(({ items }) => items.filter(({ kind }) => kind === 'rate_limit'));
      const stale = standing.some((one) => one.stale);
      return (isShown) => ({ items: limits.filter(({ serviceName }) => isShown(serviceName)), stale });
    },
    agents: () => {
      const items = this.participants.all();
      return Promise.resolve(() => ({ items }));
    },
  };

  private spendOf(serviceName: ServiceName): RoomSnapshots['cost_monitoring']['items'] {
    const spend = this.spend.of(serviceName);
    return spend === null ? [] : [{ serviceName, ...spend }];
  }
}

function standing({
  data,
  ...known
}: DashboardPart<{ items: ServiceRouting[] }>): RoomSnapshots['coordination'] {
  if (data === null) return { data, ...known };
  const items = data.items.map(({ serviceName, strategy, override }): CoordinationStanding => ({
    serviceName,
    strategy,
    override,
  }));
  return { data: { items }, ...known };
}
