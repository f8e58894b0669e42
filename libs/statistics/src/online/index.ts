export * from './control-chart.js';
export * from './logistic-regression.js';
