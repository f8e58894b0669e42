import { Global, Module } from '@nestjs/common';
import { LivePolicies } from './live-policies.js';
import { PoliciesController } from './policies.controller.js';

@Global()
@Module({ controllers: [PoliciesController], providers: [LivePolicies], exports: [LivePolicies] })
export class PoliciesModule {}
