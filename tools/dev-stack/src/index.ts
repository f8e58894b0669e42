export { findBinaries } from './binaries.js';
export { removeAbandoned } from './data-dir.js';
export { freePort } from './free-port.js';
export type { ServerName } from './server.js';
export { startServers, type Stack, type StackOptions } from './stack.js';
