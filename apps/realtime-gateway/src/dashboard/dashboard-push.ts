import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { CLOCK, FleetLease, HOSTED, type Hosted } from '@signalbox/hosting';
import { MessageBus } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';
import { Connections } from '../connections/connections.js';
import { Rooms } from '../rooms/rooms.js';
import { Dashboards } from './dashboards.js';

const ROOM = 'api_status_updates';
const PUSH_EVERY_MS = 5_000;
/** Longer than a missed turn and a slow one. */
const LEASE_MS = 12_000;

/**
 * Pushes the dashboard to everybody who looks on. One gateway of those that somebody is connected to does it for all:
 * where nobody looks on nothing is pushed.
 */
@Injectable()
export class DashboardPush implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DashboardPush.name);
  private readonly lease: FleetLease;
  private timer: NodeJS.Timeout | undefined;
  private isBusy = false;
  private mayHoldLease = false;

  constructor(
    private readonly dashboards: Dashboards,
    private readonly connections: Connections,
    private readonly rooms: Rooms,
    private readonly bus: MessageBus,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(HOSTED) { replicaId }: Hosted,
  ) {
    this.lease = new FleetLease(bus, clock, { name: 'dashboard-push', replicaId, lastsMs: LEASE_MS });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.turn(), PUSH_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.giveWay();
  }

  private async turn(): Promise<void> {
    if (this.isBusy || this.bus.state !== 'connected') return;
    this.isBusy = true;
    try {
      if (this.connections.membersOf(ROOM) === 0) await this.giveWay();
      else if (await this.isMine()) await this.push();
    } catch (error) {
      const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
      if (!isAway) this.logger.warn(`The dashboard was not pushed, next try in 5 s: ${String(error)}`);
    } finally {
      this.isBusy = false;
    }
  }

  private async isMine(): Promise<boolean> {
    this.mayHoldLease = true;
    return this.lease.isHeld();
  }

  /** To a gateway that somebody is connected to. */
  private async giveWay(): Promise<void> {
    if (!this.mayHoldLease) return;
    await this.lease.release().catch(() => undefined);
    this.mayHoldLease = false;
  }

  private async push(): Promise<void> {
    const nowMs = this.clock.nowMs();
    const update = await this.dashboards.update();
    // Two that believe to hold the lease push one message.
    await this.rooms.append(ROOM, `dashboard:${Math.floor(nowMs / PUSH_EVERY_MS)}`, {
      priority: 'normal',
      eventType: 'dashboard_update',
      timestamp: new Date(nowMs).toISOString(),
      ...update,
    });
  }
}
