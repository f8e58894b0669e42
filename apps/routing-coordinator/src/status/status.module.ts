import { Module } from '@nestjs/common';
import { StatusReplies } from './status.replies.js';

@Module({ controllers: [StatusReplies] })
export class StatusModule {}
