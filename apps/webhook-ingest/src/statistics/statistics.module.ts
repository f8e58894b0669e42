import { Module, type DynamicModule } from '@nestjs/common';
import { WebhookReplies } from '../reports/webhook.replies.js';
import { SourcesModule } from '../sources/sources.module.js';
import { StatisticsController } from './statistics.controller.js';
import { WebhookFigures } from './webhook-figures.js';
import { WebhookHealth } from './webhook-health.js';

@Module({})
export class StatisticsModule {
  /** `processing`: whose circuits are shown. */
  static with(processing: DynamicModule): DynamicModule {
    return {
      module: StatisticsModule,
      imports: [SourcesModule, processing],
      controllers: [StatisticsController, WebhookReplies],
      providers: [WebhookFigures, WebhookHealth],
    };
  }
}
