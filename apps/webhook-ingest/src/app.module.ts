import { Module, type DynamicModule } from '@nestjs/common';
import type { WebhookIngestSettings } from './config.js';
import { EventsModule } from './events/events.module.js';
import { shippedProcessing, type Processing } from './processing/event-handler.js';
import { ProcessingModule } from './processing/processing.module.js';
import { ReceiveModule } from './receive/receive.module.js';
import { CountsModule } from './statistics/counts.module.js';
import { StatisticsModule } from './statistics/statistics.module.js';
import { WebhookStoresModule } from './stores.module.js';
import { WebhookUpkeep } from './upkeep/webhook-upkeep.js';

/** Takes what providers tell: verified, once, durable before it is acknowledged. */
@Module({})
export class WebhookIngestModule {
  static with(settings: WebhookIngestSettings, processing: Processing = shippedProcessing): DynamicModule {
    const processingModule = ProcessingModule.with(processing);
    return {
      module: WebhookIngestModule,
      imports: [
        // What everything stands on.
        WebhookStoresModule.with(settings),
        CountsModule,
        // From the edge to durable, sources and Airtable's feeds with it.
        ReceiveModule,
        // Behind the stream.
        processingModule,
        // What is shown and done again.
        EventsModule,
        StatisticsModule.with(processingModule),
      ],
      providers: [WebhookUpkeep],
    };
  }
}
