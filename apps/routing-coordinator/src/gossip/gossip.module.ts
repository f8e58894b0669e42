import { Module } from '@nestjs/common';
import { Gossip } from './gossip.js';

@Module({ providers: [Gossip] })
export class GossipModule {}
