import { Global, Module } from '@nestjs/common';
import { WebhookCounts } from './webhook-counts.js';

/** Everybody counts. */
@Global()
@Module({ providers: [WebhookCounts], exports: [WebhookCounts] })
export class CountsModule {}
