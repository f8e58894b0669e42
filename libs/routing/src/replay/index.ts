export { compareSettings, replayBefore, type Comparison, type ReplayedBefore } from './compare-settings.js';
export { EVIDENCES, type Evidence, type Fate, type RecordedCall } from './recorded-call.js';
export { RecordedWorld } from './recorded-world.js';
export { replay, type ReplayedCall, type ReplayInput } from './replay.js';
export { estimateOf, resampled, type Block, type Estimate } from './resample.js';
