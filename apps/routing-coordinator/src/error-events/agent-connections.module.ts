import { Module } from '@nestjs/common';
import { AgentConnections } from './agent-connections.js';

@Module({ providers: [AgentConnections], exports: [AgentConnections] })
export class AgentConnectionsModule {}
