export { costOptimizer } from './definition.js';
