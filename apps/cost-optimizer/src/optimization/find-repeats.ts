import { operationOf, parsePayload } from '@signalbox/batching';
import { toMicroUsd, toUsd, type Estimated, type ServiceConfig } from '@signalbox/contracts';
import type { ArrivalOnRecord } from '@signalbox/persistence';
import type { Findings } from './find-routing.js';

const DAY_MS = 86_400_000;
/** As long as deduplication remembers. */
const REMEMBERED_MS = 60_000;
/** Fewer could be chance. */
const LEAST_REPEATS = 5;

/**
 * Writes that say the same as one of the same tenant within the last minute and carry no idempotency key, so that each
 * was sent. Reads need no advice: equal ones share an answer already. What callers alone can change is advice, and its
 * saving at most: two equal messages may both be meant.
 */
export function findRepeats(config: ServiceConfig, arrivals: readonly ArrivalOnRecord[]): Findings {
  const findings: Findings = { found: [], considered: [] };
  const primary = config.nodes.find(({ role }) => role === 'primary');
  const [first, last] = [arrivals[0], arrivals.at(-1)];
  if (primary === undefined || first === undefined || last === undefined) return findings;
  const price = toMicroUsd(primary.costPerRequestUsd);
  const lastSent = new Map<string, number>();
  let repeats = 0;
  let micro = 0;
  let writes = 0;
  for (const {
    operation: name,
    payload,
    payloadDigest,
    tenant,
    hasKey,
    isDuplicate,
    acceptedAtMs,
  } of arrivals) {
    if (hasKey || isDuplicate) continue;
    const operation = operationOf(config.serviceName, name);
    const parsed = parsePayload(operation, payload);
    if (operation.effect(parsed) !== 'write') continue;
    writes++;
    const key = `${tenant} ${payloadDigest}`;
    const sentAtMs = lastSent.get(key);
    if (sentAtMs !== undefined && acceptedAtMs - sentAtMs < REMEMBERED_MS) {
      repeats++;
      micro += price * Math.max(1, operation.measure(parsed).addedBillableUnits);
    } else {
      lastSent.set(key, acceptedAtMs);
    }
  }
  if (repeats === 0) return findings;
  const title = `Give ${config.serviceName}'s writes an idempotency key: ${repeats} said the same as one a minute before`;
  if (repeats < LEAST_REPEATS) {
    const reason = `fewer than ${LEAST_REPEATS} repeated writes`;
    findings.considered.push({
      ...{ serviceName: config.serviceName, kind: 'deduplication', title, reason },
      ...{ savingRatio: null, successChange: null },
    });
    return findings;
  }
  const perDay = (micro * DAY_MS) / Math.max(1, last.acceptedAtMs - first.acceptedAtMs);
  findings.found.push({
    serviceName: config.serviceName,
    kind: 'deduplication',
    title,
    fingerprint: 'deduplication',
    rankMicroUsdPerDay: perDay,
    evidence: {
      from: new Date(first.acceptedAtMs).toISOString(),
      to: new Date(last.acceptedAtMs).toISOString(),
      calls: writes,
      ...{ recordedShare: 1, nearShare: 0, farShare: 0, priorShare: 0, nodeShares: {} },
      recordedUsd: null,
      replayedUsd: toUsd(micro),
      figures: { writesWithoutKey: writes, repeatedWithinAMinute: repeats },
      method: 'equal payloads of one tenant within a minute, counted',
    },
    // Between none of them meant twice and all of them: no resampling tells which.
    expectedSavingUsd: upTo(toUsd(micro)),
    expectedSavingUsdPerDay: toUsd(perDay),
    expectedSavingRatio: null,
    successChange: null,
    addedLatencyMs: 0,
    confidence: { level: 'low', probabilityOfSaving: 0.5, knownShare: 1 },
    risk: { level: 'medium', reasons: ['two equal messages may both be meant'] },
    change: null,
    advice: 'Send writes with an idempotencyKey that names the act: a repeated one is then sent once.',
  });
  return findings;
}

function upTo(usd: number): Estimated {
  const all = { lower: 0, upper: usd };
  return { point: usd, interval80: all, interval95: all };
}
