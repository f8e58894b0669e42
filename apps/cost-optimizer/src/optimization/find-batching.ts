import {
  toMicroUsd,
  toUsd,
  type BatchPolicy,
  type ConsideredSetting,
  type FieldChange,
  type RecommendationKind,
  type ServiceConfig,
} from '@signalbox/contracts';
import type { ArrivalOnRecord, FoundRecommendation } from '@signalbox/persistence';
import { estimateOf, resampled } from '@signalbox/routing/replay';
import type { Findings } from './find-routing.js';
import { withFields } from './field-changes.js';
import { inSlices } from './in-slices.js';
import { LEAST_CALLS, millionths, ratioEstimate, usdEstimate } from './judgement.js';
import { pairedBlocks, replayWindow, type ReplayedWindow, type WindowTerms } from './window-replay.js';

const DAY_MS = 86_400_000;
const SEED = 20_260_115;
const BLOCKS = 60;
const LEAST_RATIO = 0.005;
/** A caller that took the trouble of batching waits this long at most, whatever it would save. */
const LONGEST_WAIT_MS = 10_000;
const MOST_ITEMS = 1_000;

const METHOD =
  'recorded arrivals through the batch assembler under both policies, billed at the primary node; paired block bootstrap';

interface WindowSetting {
  title: string;
  fields: FieldChange[];
}

/** What longer windows and larger batches would have made of the requests that came to be batched. */
export async function findWindows(
  config: ServiceConfig,
  policy: BatchPolicy,
  arrivals: readonly ArrivalOnRecord[],
  latencyMs: number,
): Promise<Findings> {
  const sent = arrivals.filter(({ isDuplicate }) => !isDuplicate);
  const findings: Findings = { found: [], considered: [] };
  const terms = windowTerms(config, policy, latencyMs);
  const [first, last] = [sent[0], sent.at(-1)];
  if (first === undefined || last === undefined || terms === null) return findings;
  const range = { fromMs: first.acceptedAtMs, toMs: last.acceptedAtMs + 1 };
  const blockMs = Math.max(10_000, (range.toMs - range.fromMs) / BLOCKS);
  const before = await inSlices(replayWindow(sent, terms, blockMs));
  const judged: { setting: WindowSetting; after: ReplayedWindow }[] = [];
  for (const setting of windowSettings(policy)) {
    const changed = withFields(policy, setting.fields, 'apply');
    judged.push({
      setting,
      after: await inSlices(replayWindow(sent, { ...terms, policy: changed }, blockMs)),
    });
  }
  judged.sort(
    (a, b) => a.after.costMicroUsd - b.after.costMicroUsd || a.after.waitMsMean - b.after.waitMsMean,
  );
  for (const { setting, after } of judged) {
    const found = recommendationOf(config, setting, before, after, range);
    const reason =
      refusalOf(before, after, found) ?? (findings.found.length > 0 ? 'another window saves more' : null);
    if (reason === null) findings.found.push(found);
    else findings.considered.push(consideredOf(found, reason));
  }
  return findings;
}

/** Null for a service without a primary node. */
export function windowTerms(
  config: ServiceConfig,
  policy: BatchPolicy,
  latencyMs: number,
): WindowTerms | null {
  const primary = config.nodes.find(({ role }) => role === 'primary');
  if (primary === undefined) return null;
  const unitPriceMicroUsd = toMicroUsd(primary.costPerRequestUsd);
  return { service: config.serviceName, policy, nodeId: primary.nodeId, unitPriceMicroUsd, latencyMs };
}

function windowSettings({ maxWaitMs, maxItems }: BatchPolicy): WindowSetting[] {
  const waits = [2, 4]
    .map((factor) => Math.min(LONGEST_WAIT_MS, maxWaitMs * factor))
    .filter((wait, index, all) => wait > maxWaitMs && all.indexOf(wait) === index);
  const settings = waits.map((wait) => ({
    title: `Let requests wait for others up to ${wait} ms instead of ${maxWaitMs} ms`,
    fields: [{ path: 'maxWaitMs', from: maxWaitMs, to: wait }],
  }));
  const items = Math.min(MOST_ITEMS, maxItems * 2);
  if (items > maxItems) {
    settings.push({
      title: `Let a batch hold ${items} requests instead of ${maxItems}`,
      fields: [{ path: 'maxItems', from: maxItems, to: items }],
    });
  }
  return settings;
}

function refusalOf(before: ReplayedWindow, after: ReplayedWindow, found: FoundRecommendation): string | null {
  if (before.requests < LEAST_CALLS) return `only ${before.requests} requests are recorded`;
  if (after.costMicroUsd >= before.costMicroUsd) {
    return after.requestsSent < before.requestsSent
      ? 'it sends fewer requests, and the provider bills the same'
      : 'it saves nothing';
  }
  if ((found.expectedSavingRatio?.point ?? 0) < LEAST_RATIO) return 'it saves less than 0.5 %';
  return found.confidence.probabilityOfSaving < 0.9 ? 'it does not save reliably' : null;
}

function recommendationOf(
  { serviceName }: ServiceConfig,
  { title, fields }: WindowSetting,
  before: ReplayedWindow,
  after: ReplayedWindow,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): FoundRecommendation {
  const kind: RecommendationKind = 'batching_window';
  const [saved, ratio] = resampled(
    [pairedBlocks(before, after)],
    [([was = 0, would = 0]) => was - would, ([was = 0, would = 0]) => (was === 0 ? 0 : (was - would) / was)],
    SEED,
  );
  const probability = saved!.values.filter((value) => value > 0).length / saved!.values.length;
  const perDay = (saved!.point * DAY_MS) / Math.max(1, toMs - fromMs);
  const addedMs = after.waitMsMean - before.waitMsMean;
  const isSure = probability >= 0.95 && before.requests >= 500 && toMs - fromMs >= 3_600_000;
  const urgentMs = after.urgentWaitMsMax - before.urgentWaitMsMax;
  return {
    serviceName,
    kind,
    title,
    fingerprint: JSON.stringify([kind, fields.map(({ path, to }) => [path, to])]),
    rankMicroUsdPerDay: perDay,
    evidence: {
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      calls: before.requests,
      ...{ recordedShare: 1, nearShare: 0, farShare: 0, priorShare: 0, nodeShares: {} },
      recordedUsd: null,
      replayedUsd: toUsd(before.costMicroUsd),
      figures: {
        requestsSentBefore: before.requestsSent,
        requestsSentAfter: after.requestsSent,
        billableUnitsBefore: before.billableUnits,
        billableUnitsAfter: after.billableUnits,
        waitMsMeanBefore: Math.round(before.waitMsMean),
        waitMsMeanAfter: Math.round(after.waitMsMean),
        urgentWaitMsMaxAfter: Math.round(after.urgentWaitMsMax),
      },
      method: METHOD,
    },
    expectedSavingUsd: usdEstimate(estimateOf(saved!)),
    expectedSavingUsdPerDay: toUsd(perDay),
    expectedSavingRatio: before.costMicroUsd === 0 ? null : ratioEstimate(estimateOf(ratio!)),
    // Which requests succeed is the provider's doing, in a batch or alone.
    successChange: null,
    addedLatencyMs: Math.round(addedMs),
    confidence: {
      level: isSure ? 'high' : before.requests >= 100 && probability >= 0.9 ? 'medium' : 'low',
      probabilityOfSaving: millionths(probability),
      knownShare: 1,
    },
    risk: {
      level: urgentMs > 1_000 ? 'medium' : 'low',
      reasons: [
        `requests wait ${Math.round(addedMs)} ms longer on average`,
        ...(urgentMs > 0 ? [`urgent ones up to ${Math.round(urgentMs)} ms longer`] : []),
      ],
    },
    change: { object: `batch-policy:${serviceName}`, fields },
    advice: null,
  };
}

function consideredOf(
  { serviceName, kind, title, expectedSavingRatio }: FoundRecommendation,
  reason: string,
): ConsideredSetting {
  return {
    ...{ serviceName, kind, title, reason },
    savingRatio: expectedSavingRatio?.point ?? null,
    successChange: null,
  };
}
