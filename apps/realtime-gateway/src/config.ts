import Type from 'typebox';
import type { HostProperties } from '@signalbox/hosting';
import type { Settings } from '@signalbox/platform';

/** The gateway's settings beside those of every app. */
export const gatewaySettings = Type.Object({
  /** Origins whose pages may connect, comma-separated; the gateway's own always may. */
  realtimeOrigins: Type.Array(Type.String({ minLength: 1 }), { default: [] }),
  /** Connections of one gateway; further ones are refused. */
  realtimeMaxConnections: Type.Integer({ minimum: 1, maximum: 100_000, default: 5_000 }),
  /** How often performance is collected, on the whole tick of it. */
  metricsIntervalMs: Type.Integer({ minimum: 250, maximum: 3_600_000, default: 15_000 }),
});

export type GatewaySettings = Settings<HostProperties & (typeof gatewaySettings)['properties']>;
export const GATEWAY_SETTINGS = Symbol('gateway settings');
