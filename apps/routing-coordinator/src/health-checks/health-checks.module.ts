import { Module } from '@nestjs/common';
import { HealthChecks } from './health-checks.js';

@Module({ providers: [HealthChecks] })
export class HealthChecksModule {}
