import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ROOMS, ok, type RealtimeMetrics, type Success } from '@signalbox/contracts';
import { Access } from '@signalbox/platform';
import { Rooms } from '../rooms/rooms.js';
import { Connections } from './connections.js';

@ApiTags('realtime')
@Controller('external-services')
export class RealtimeMetricsController {
  constructor(
    private readonly connections: Connections,
    private readonly rooms: Rooms,
  ) {}

  /** What this gateway does for its clients, since it started. */
  @Get('realtime-metrics')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 120 })
  get(): Success<RealtimeMetrics> {
    const { connections, rooms } = this;
    const { delivered, coalesced, tooSlow, recovered, notRecovered } = connections.counts;
    return ok({
      clients: connections.size,
      rooms: Object.fromEntries(
        ROOMS.map((room) => [
          room,
          { clients: connections.membersOf(room), seq: rooms.at(room)?.seq ?? null },
        ]),
      ),
      messages: { delivered, coalesced },
      deliveryLatencyMs: connections.latencyMs(),
      disconnectedAsTooSlow: tooSlow,
      subscriptions: { recovered, notRecovered },
      queuedBytes: { total: connections.queuedBytes().total, largest: connections.queuedBytes().largest },
    });
  }
}
