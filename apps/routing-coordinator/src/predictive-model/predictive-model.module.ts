import { Module } from '@nestjs/common';
import { ModelKeeper } from './model-keeper.js';

@Module({ providers: [ModelKeeper] })
export class PredictiveModelModule {}
