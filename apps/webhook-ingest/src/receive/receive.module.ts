import { Module } from '@nestjs/common';
import { AirtableModule } from '../airtable/airtable.module.js';
import { SourcesModule } from '../sources/sources.module.js';
import { ReceiveDelivery } from './receive-delivery.js';
import { ReceiveController } from './receive.controller.js';
import { Refusals } from './refusals.js';
import { SourceLimits } from './source-limits.js';

@Module({
  imports: [SourcesModule, AirtableModule],
  controllers: [ReceiveController],
  providers: [ReceiveDelivery, Refusals, SourceLimits],
})
export class ReceiveModule {}
