import { Module } from '@nestjs/common';
import { ErrorEventsModule } from '../error-events/error-events.module.js';
import { StatusReplies } from './status.replies.js';

@Module({ imports: [ErrorEventsModule], controllers: [StatusReplies] })
export class StatusModule {}
