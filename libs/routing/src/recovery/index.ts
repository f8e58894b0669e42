export * from './activation.js';
export * from './admission-pace.js';
export * from './allowance-escrow.js';
export * from './cascade.js';
export * from './choose-recovery.js';
export {
  DEFAULT_OVERRIDE_CAP_MICRO_USD,
  cancelOverride,
  expireOverride,
  leasedMicroUsdOf,
  openOverride,
  reportSpend,
  spentMicroUsdOf,
  type AllowanceLease,
  type OverrideOrder,
  type OverridePhase,
  type OverrideState,
  type OverrideTerms,
} from './emergency-override.js';
export * from './focus.js';
export * from './monitoring-session.js';
export * from './plan.js';
export * from './signal.js';
