import { Module } from '@nestjs/common';
import { AdmitCallController } from './admit-call.controller.js';
import { AdmitCallReplies } from './admit-call.replies.js';
import { AdmitCall } from './admit-call.js';
import { LimitNews } from './limit-news.js';
import { OverrideEnds } from './override-ends.js';
import { OverrideEscrow } from './override-escrow.js';

/** May this call go now? Over HTTP and over NATS. */
@Module({
  controllers: [AdmitCallController, AdmitCallReplies],
  providers: [AdmitCall, LimitNews, OverrideEnds, OverrideEscrow],
})
export class AdmitCallModule {}
