import { Module } from '@nestjs/common';
import { MonitoringWatch } from './monitoring-watch.js';
import { SickNodes } from './sick-nodes.js';

@Module({ providers: [MonitoringWatch, SickNodes], exports: [SickNodes] })
export class MonitoringModule {}
