import type { HostedApp } from '@signalbox/hosting';
import { WebhookIngestModule } from './app.module.js';
import { webhookIngestSettings } from './config.js';

/** The app, to be hosted alone or with others in one process. */
export const webhookIngest: HostedApp<(typeof webhookIngestSettings)['properties']> = {
  name: 'webhook-ingest',
  settings: webhookIngestSettings,
  module: (settings) => WebhookIngestModule.with(settings),
};
