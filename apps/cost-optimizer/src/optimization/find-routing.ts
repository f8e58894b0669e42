import {
  toUsd,
  type ConsideredSetting,
  type RecommendationKind,
  type ServiceConfig,
} from '@signalbox/contracts';
import type { FoundRecommendation } from '@signalbox/persistence';
import { compareSettings, replayBefore, type Comparison, type RecordedCall } from '@signalbox/routing/replay';
import { withFields } from './field-changes.js';
import { inSlices } from './in-slices.js';
import { confidenceOf, millionths, ratioEstimate, refusalOf, riskOf, usdEstimate } from './judgement.js';
import { routingSettings, type RoutingSetting } from './routing-settings.js';

const DAY_MS = 86_400_000;
/** One seed for every run: the same record gives the same advice. */
const SEED = 20_260_115;

const METHOD =
  'recorded calls decided anew by the routing engine; fates of calls on other nodes by nearest recorded outcomes in ' +
  'time; paired block bootstrap over 4 worlds';

export interface Findings {
  found: FoundRecommendation[];
  considered: ConsideredSetting[];
}

/** What other routing of a service would have made of its recorded calls: the best of each kind that saves. */
export async function findRouting(
  config: ServiceConfig,
  calls: readonly RecordedCall[],
  kinds: readonly RecommendationKind[],
): Promise<Findings> {
  const settings = routingSettings(config, successOf(calls)).filter(({ kind }) => kinds.includes(kind));
  if (settings.length === 0 || calls.length === 0) return { found: [], considered: [] };
  const before = await inSlices(replayBefore(calls, config, SEED));
  const judged: Judged[] = [];
  for (const setting of settings) {
    const changed = withFields(config, setting.fields, 'apply');
    const comparison = await inSlices(compareSettings(before, changed));
    if (comparison === null) continue;
    judged.push({ setting, comparison, refusal: refusalOf(comparison) });
  }
  return chosen(judged, config);
}

interface Judged {
  setting: RoutingSetting;
  comparison: Comparison;
  refusal: string | null;
}

function chosen(judged: readonly Judged[], config: ServiceConfig): Findings {
  const found: FoundRecommendation[] = [];
  const considered: ConsideredSetting[] = [];
  const byWorth = [...judged].sort((a, b) => b.comparison.saving.point - a.comparison.saving.point);
  const taken = new Set<RecommendationKind>();
  for (const { setting, comparison, refusal } of byWorth) {
    const isTaken = taken.has(setting.kind);
    if (refusal === null && !isTaken) {
      taken.add(setting.kind);
      found.push(recommendationOf(setting, comparison, config));
      continue;
    }
    considered.push({
      serviceName: config.serviceName,
      kind: setting.kind,
      title: setting.title,
      savingRatio: comparison.savingRatio === null ? null : millionths(comparison.savingRatio.point),
      successChange: comparison.successChange === null ? null : millionths(comparison.successChange.point),
      reason: refusal ?? 'another setting of its kind saves more',
    });
  }
  return { found, considered };
}

function recommendationOf(
  { kind, title, fields }: RoutingSetting,
  comparison: Comparison,
  config: ServiceConfig,
): FoundRecommendation {
  const { serviceName } = config;
  const { fromMs, toMs, calls, saving, savingRatio, successChange, evidence } = comparison;
  const perDay = (saving.point * DAY_MS) / Math.max(1, toMs - fromMs);
  return {
    serviceName,
    kind,
    title,
    fingerprint: JSON.stringify([kind, fields.map(({ path, to }) => [path, to])]),
    rankMicroUsdPerDay: perDay,
    evidence: {
      from: iso(fromMs),
      to: iso(toMs),
      calls,
      recordedShare: millionths(evidence.recorded),
      nearShare: millionths(evidence.near),
      farShare: millionths(evidence.far),
      priorShare: millionths(evidence.prior),
      nodeShares: Object.fromEntries(
        Object.entries(comparison.nodeShares).map(([nodeId, { before, after }]) => [
          nodeId,
          { before: millionths(before), after: millionths(after) },
        ]),
      ),
      recordedUsd: toUsd(comparison.recordedMicroUsd),
      replayedUsd: toUsd(comparison.beforeMicroUsd),
      figures: {},
      method: METHOD,
    },
    expectedSavingUsd: usdEstimate(saving),
    expectedSavingUsdPerDay: toUsd(perDay),
    expectedSavingRatio: savingRatio === null ? null : ratioEstimate(savingRatio),
    successChange: successChange === null ? null : ratioEstimate(successChange),
    addedLatencyMs: Math.round(comparison.addedLatencyMs * 10) / 10,
    confidence: confidenceOf(comparison),
    risk: riskOf(comparison, config),
    change: { object: `service:${serviceName}`, fields },
    advice: null,
  };
}

/** Of settled calls; null without one. */
function successOf(calls: readonly RecordedCall[]): number | null {
  const settled = calls.filter(({ outcome }) => outcome !== 'client_error');
  if (settled.length === 0) return null;
  return settled.filter(({ outcome }) => outcome === 'success').length / settled.length;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
