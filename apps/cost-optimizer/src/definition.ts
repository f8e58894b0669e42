import type { HostedApp } from '@signalbox/hosting';
import { CostOptimizerModule } from './app.module.js';
import { costOptimizerSettings } from './config.js';

/** The app, to be hosted alone or with others in one process. */
export const costOptimizer: HostedApp<(typeof costOptimizerSettings)['properties']> = {
  name: 'cost-optimizer',
  settings: costOptimizerSettings,
  module: (settings) => CostOptimizerModule.with(settings),
};
