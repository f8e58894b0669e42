export {
  RedisAdmissionLedger,
  type RedisAdmissionLedgerOptions,
} from './admission/redis-admission-ledger.js';
export { CallerLimiter } from './caller-limiter.js';
export type { CallerLimiterOptions } from './caller-limiter.js';
export { ClaimStore } from './claim-store.js';
export type { ClaimStoreOptions } from './claim-store.js';
export type { LimitVerdict } from './limit-verdict.js';
export type { RedisLogger } from './logger.js';
export { RedisConnection } from './redis-connection.js';
export type { RedisConnectionOptions, RedisState } from './redis-connection.js';
export { SharedPacer, type LanePace } from './shared-pacer.js';
