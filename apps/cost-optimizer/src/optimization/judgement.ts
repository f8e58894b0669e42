import { toUsd, type Assurance, type Estimated, type ServiceConfig } from '@signalbox/contracts';
import type { Comparison, Estimate } from '@signalbox/routing/replay';

/** Below it a saving is within what a replay can be wrong by. */
const LEAST_RATIO = 0.005;
const LEAST_PROBABILITY = 0.9;
/** A thousandth less success is within noise; more is success paid with, whatever it saves. */
const SUCCESS_SLACK = 0.001;
const SUCCESS_SLACK_95 = 0.01;
export const LEAST_CALLS = 50;

const HOUR_MS = 3_600_000;

/** Why a setting is not recommended; null when it is. */
export function refusalOf({
  calls,
  saving,
  savingRatio,
  successChange,
  probabilityOfSaving,
}: Comparison): string | null {
  if (calls < LEAST_CALLS)
    return `only ${calls} calls are recorded, ${LEAST_CALLS} are the least to judge by`;
  if (saving.point <= 0) return 'it saves nothing';
  if (savingRatio === null || savingRatio.point < LEAST_RATIO) return 'it saves less than 0.5 %';
  if (probabilityOfSaving < LEAST_PROBABILITY) {
    return `it saves in only ${percent(probabilityOfSaving)} of the resamples`;
  }
  if (successChange !== null) {
    const { point, interval95 } = successChange;
    if (point < -SUCCESS_SLACK) return `success would fall by ${percent(-point)}`;
    if (interval95.lower < -SUCCESS_SLACK_95) return `success might fall by ${percent(-interval95.lower)}`;
  }
  return null;
}

export function confidenceOf({ calls, fromMs, toMs, evidence, probabilityOfSaving }: Comparison): {
  level: Assurance;
  probabilityOfSaving: number;
  knownShare: number;
} {
  const knownShare = evidence.recorded + evidence.near;
  const isLong = toMs - fromMs >= HOUR_MS;
  let level: Assurance = 'low';
  if (probabilityOfSaving >= 0.9 && knownShare >= 0.5 && calls >= 100) level = 'medium';
  if (level === 'medium' && probabilityOfSaving >= 0.95 && knownShare >= 0.9 && calls >= 500 && isLong) {
    level = 'high';
  }
  return { level, probabilityOfSaving: millionths(probabilityOfSaving), knownShare: millionths(knownShare) };
}

/** What may go wrong, for people, and how bad that would be. */
export function riskOf(
  comparison: Comparison,
  config: ServiceConfig,
): { level: Assurance; reasons: string[] } {
  const { evidence, nodeShares, successChange, addedLatencyMs } = comparison;
  const medium: string[] = [];
  const high: string[] = [];
  if (evidence.prior > 0.05) {
    high.push(`${percent(evidence.prior)} of the calls would go to nodes that nothing is recorded of`);
  }
  if (evidence.far > 0.3) {
    medium.push(`${percent(evidence.far)} of the calls are judged by what a node answered at other times`);
  }
  for (const [nodeId, { before, after }] of Object.entries(nodeShares)) {
    if (after >= 0.95 && before < 0.95) medium.push(`nearly all calls would rest on ${nodeId}`);
    else if (after > 0.1 && after > 3 * before) {
      medium.push(
        `${nodeId} would carry ${before > 0 ? `${(after / before).toFixed(1)} times` : 'far more than'} what it did; its own limits are not known`,
      );
    }
  }
  if (successChange !== null && successChange.interval95.lower < -2 * SUCCESS_SLACK) {
    medium.push(`success might fall by up to ${percent(-successChange.interval95.lower)}`);
  }
  if (addedLatencyMs > Math.max(50, 0.25 * config.thresholds.targetLatencyMs)) {
    medium.push(`calls would take ${Math.round(addedLatencyMs)} ms longer on average`);
  }
  const off = comparison.beforeMicroUsd - comparison.recordedMicroUsd;
  if (Math.abs(off) > 0.05 * comparison.recordedMicroUsd) {
    medium.push('the replay as configured differs by more than 5 % from what the calls really cost');
  }
  if (config.intent.length > 0)
    medium.push(...(isAboutSuccess(config) ? [`the service is meant for: ${config.intent}`] : []));
  const level: Assurance = high.length > 0 ? 'high' : medium.length > 0 ? 'medium' : 'low';
  return { level, reasons: [...high, ...medium] };
}

/** Micro-dollars to dollars. */
export function usdEstimate(estimate: Estimate): Estimated {
  return mapEstimate(estimate, (micro) => toUsd(micro));
}

export function ratioEstimate(estimate: Estimate): Estimated {
  return mapEstimate(estimate, millionths);
}

/** The same figure the other way round: what lay below now lies above. */
export function negated({ point, interval80, interval95 }: Estimate): Estimate {
  const turned = ({ lower, upper }: { lower: number; upper: number }) => ({ lower: -upper, upper: -lower });
  return { point: -point, interval80: turned(interval80), interval95: turned(interval95) };
}

function mapEstimate(
  { point, interval80, interval95 }: Estimate,
  read: (value: number) => number,
): Estimated {
  const ends = ({ lower, upper }: { lower: number; upper: number }) => ({
    lower: read(lower),
    upper: read(upper),
  });
  return { point: read(point), interval80: ends(interval80), interval95: ends(interval95) };
}

function isAboutSuccess({ strategy }: ServiceConfig): boolean {
  return strategy === 'HEALTH_BASED';
}

export function millionths(value: number): number {
  return Math.round(value * 1_000_000) / 1_000_000;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
