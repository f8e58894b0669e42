import { Module, type DynamicModule } from '@nestjs/common';
import { GATEWAY_SETTINGS, type GatewaySettings } from './config.js';
import { Connections } from './connections/connections.js';
import { RealtimeMetricsController } from './connections/realtime-metrics.controller.js';
import { RealtimeGateway } from './connections/realtime.gateway.js';
import { Snapshots } from './connections/snapshots.js';
import { SubscribeToRooms } from './connections/subscribe.js';
import { ToldFacts } from './messages/told-facts.js';
import { Rooms } from './rooms/rooms.js';

/** Shows everything live to front ends, never with a gap. */
@Module({})
export class RealtimeGatewayModule {
  static with(settings: GatewaySettings): DynamicModule {
    return {
      module: RealtimeGatewayModule,
      controllers: [ToldFacts, RealtimeMetricsController],
      providers: [
        { provide: GATEWAY_SETTINGS, useValue: settings },
        Rooms,
        Connections,
        Snapshots,
        SubscribeToRooms,
        RealtimeGateway,
      ],
    };
  }
}
