import { Module } from '@nestjs/common';
import { CircuitSync } from './circuit-sync.js';
import { CircuitsController } from './circuits.controller.js';
import { ProbeLeases } from './probe-leases.js';

@Module({ controllers: [CircuitsController], providers: [CircuitSync, ProbeLeases] })
export class CircuitsModule {}
