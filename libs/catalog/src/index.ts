export * from './default-catalog.js';
export * from './dependency-graph.js';
export * from './diff-config.js';
export * from './rebase-config.js';
export * from './validate-service.js';
export * from './default-policies.js';
export * from './validate-budget.js';
