export * from './predictor.js';
export * from './predictive/index.js';
