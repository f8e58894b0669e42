export * from './clock.js';
export * from './online/index.js';
