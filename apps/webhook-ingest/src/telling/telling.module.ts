import { Module } from '@nestjs/common';
import { TellFacts } from './tell-facts.js';

@Module({ providers: [TellFacts], exports: [TellFacts] })
export class TellingModule {}
