import { Module } from '@nestjs/common';
import { CostAnalysisController } from './cost-analysis.controller.js';
import { CostAnalysis } from './cost-analysis.js';
import { ServiceForecasts } from './service-forecasts.js';

/** Where the money goes, and where it will have gone. */
@Module({ controllers: [CostAnalysisController], providers: [CostAnalysis, ServiceForecasts] })
export class CostAnalysisModule {}
