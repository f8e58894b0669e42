import { fileURLToPath } from 'node:url';
import type { HostedApp } from '@signalbox/hosting';
import { RealtimeGatewayModule } from './app.module.js';
import { gatewaySettings } from './config.js';

/** The gateway, to be hosted alone or with other apps in one process. */
export const realtimeGateway: HostedApp<(typeof gatewaySettings)['properties']> = {
  name: 'realtime-gateway',
  settings: gatewaySettings,
  pages: fileURLToPath(new URL('../../../console/dist', import.meta.url)),
  module: (settings) => RealtimeGatewayModule.with(settings),
};
