import type { CallPriority, MicroUsd } from '@signalbox/contracts';
import { WHOLE, shareOf } from './shares.js';

/**
 * The emergency band of one budget, below its cap. Once spending has reached `enter` the band is on, until it has
 * fallen below `leave`: a budget that hovers at the edge does not change the rules with every call.
 *
 * While it is on, LOW is admitted with a probability that falls linearly from 1 at `leave` to 0 at `middle`, and MEDIUM
 * with one that falls from 1 at `middle` to 0 at the cap: LOW is gone before MEDIUM is touched. HIGH and CRITICAL pass
 * to the cap; past it only CRITICAL does, and only on an override.
 */
export interface Band {
  leaveMicroUsd: MicroUsd;
  enterMicroUsd: MicroUsd;
  middleMicroUsd: MicroUsd;
  capMicroUsd: MicroUsd;
}

/** Two points below the start: more than one call moves any budget of the catalog. */
const HYSTERESIS = 0.02;

/** The band of a budget that throttles from this share (0..1) of its cap on. */
export function bandOf(throttleFrom: number, capMicroUsd: MicroUsd): Band {
  const enterMicroUsd = shareOf(throttleFrom).ofCeil(capMicroUsd);
  return {
    leaveMicroUsd: shareOf(Math.max(0, throttleFrom - HYSTERESIS)).ofFloor(capMicroUsd),
    enterMicroUsd,
    middleMicroUsd: enterMicroUsd + Math.floor((capMicroUsd - enterMicroUsd) / 2),
    capMicroUsd,
  };
}

/** Whether the band is on at this spending, having been on or off before. */
export function isThrottling(band: Band, usedMicroUsd: MicroUsd, before: boolean): boolean {
  return usedMicroUsd >= band.enterMicroUsd || (before && usedMicroUsd >= band.leaveMicroUsd);
}

/** The chance of a call while the band is on, in basis points (10,000: certain). */
export function admitBasisPoints(band: Band, usedMicroUsd: MicroUsd, priority: CallPriority): number {
  if (priority === 'LOW') return falling(usedMicroUsd, band.leaveMicroUsd, band.middleMicroUsd);
  if (priority === 'MEDIUM') return falling(usedMicroUsd, band.middleMicroUsd, band.capMicroUsd);
  return WHOLE;
}

function falling(at: number, from: number, to: number): number {
  if (at >= to) return 0;
  return at <= from ? WHOLE : Math.floor(((to - at) * WHOLE) / (to - from));
}

/**
 * The request's draw against these chances, 0..9,999: of its id, so that asking again at the same spending gives the
 * same answer. FNV-1a, then the finalizer of MurmurHash3 (Appleby), whose every output bit depends on every input bit.
 */
export function drawOf(requestId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < requestId.length; index++) {
    hash = Math.imul(hash ^ requestId.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) % WHOLE;
}
