export * from './predictor.js';
export * from './predictive/index.js';
export * from './recovery/index.js';
