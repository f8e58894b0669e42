import { Inject, Injectable } from '@nestjs/common';
import { toUsd, type RealisedSaving, type Recommendation, type ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { RecommendationStore, RecordedTraffic } from '@signalbox/persistence';
import {
  compareSettings,
  estimateOf,
  replayBefore,
  resampled,
  type Estimate,
} from '@signalbox/routing/replay';
import type { Clock } from '@signalbox/statistics';
import { withFields } from './field-changes.js';
import { windowTerms } from './find-batching.js';
import { inSlices } from './in-slices.js';
import { millionths, negated, usdEstimate } from './judgement.js';
import { LivePolicies } from './live-policies.js';
import { LiveServices } from './live-services.js';
import { pairedBlocks, replayWindow } from './window-replay.js';

/** Fewer calls say nothing yet. */
const LEAST_CALLS = 50;
const MOST_CALLS = 2_000;
const MOST_ARRIVALS = 5_000;
/** Longer ago it has become the ordinary: nobody waits for its figures any more. */
const MEASURED_FOR_MS = 30 * 86_400_000;
const SEED = 20_260_116;
const BLOCK_MS = 10_000;
const LATENCY_MS = 200;

/**
 * What an applied recommendation really saved: the calls since are replayed under the setting as it was before, and
 * what that would have cost is set against what was paid. Batching windows are replayed under both policies, since
 * history does not know what one batch cost.
 */
@Injectable()
export class RealisedSavings {
  constructor(
    private readonly traffic: RecordedTraffic,
    private readonly recommendations: RecommendationStore,
    private readonly services: LiveServices,
    private readonly policies: LivePolicies,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Measures what is in force for these services anew; what has too few calls since stays unmeasured. */
  async measure(services: readonly ServiceName[]): Promise<void> {
    const nowMs = this.clock.nowMs();
    for (const recommendation of await this.recommendations.inForce(nowMs - MEASURED_FOR_MS, services)) {
      const { change } = recommendation;
      if (change === null) continue;
      const realised = change.object.startsWith('batch-policy:')
        ? await this.ofWindow(recommendation, nowMs)
        : await this.ofRouting(recommendation, nowMs);
      if (realised !== null) await this.recommendations.measured(recommendation.id, realised);
    }
  }

  private async ofRouting(recommendation: Recommendation, nowMs: number): Promise<RealisedSaving | null> {
    const { serviceName, applied, change } = recommendation;
    const range = { fromMs: nextSecond(applied!.at), toMs: nowMs };
    const calls = await this.traffic.calls(serviceName, range, MOST_CALLS);
    if (calls.length < LEAST_CALLS) return null;
    const { service } = await this.services.get(serviceName);
    const live = await inSlices(replayBefore(calls, service, SEED));
    const earlier = withFields(service, change!.fields, 'revert');
    const comparison = await inSlices(compareSettings(live, earlier));
    if (comparison === null) return null;
    const { fromMs, toMs, afterMicroUsd } = comparison;
    return this.told(recommendation, {
      ...{ fromMs, toMs, calls: comparison.calls, nowMs },
      saved: negated(comparison.againstRecorded),
      earlierMicroUsd: afterMicroUsd,
    });
  }

  private async ofWindow(recommendation: Recommendation, nowMs: number): Promise<RealisedSaving | null> {
    const { serviceName, applied, change } = recommendation;
    const range = { fromMs: nextSecond(applied!.at), toMs: nowMs };
    const arrivals = (await this.traffic.arrivals(serviceName, range, MOST_ARRIVALS)).filter(
      ({ acceptedAtMs, isDuplicate }) => acceptedAtMs >= range.fromMs && !isDuplicate,
    );
    const [first, last] = [arrivals[0], arrivals.at(-1)];
    if (first === undefined || last === undefined || arrivals.length < LEAST_CALLS) return null;
    const { service } = await this.services.get(serviceName);
    const { policy } = await this.policies.get(serviceName);
    const terms = windowTerms(service, policy, LATENCY_MS);
    if (terms === null) return null;
    const earlier = { ...terms, policy: withFields(policy, change!.fields, 'revert') };
    const before = await inSlices(replayWindow(arrivals, earlier, BLOCK_MS));
    const after = await inSlices(replayWindow(arrivals, terms, BLOCK_MS));
    const [saved] = resampled([pairedBlocks(before, after)], [([was = 0, is = 0]) => was - is], SEED);
    return this.told(recommendation, {
      ...{ fromMs: first.acceptedAtMs, toMs: last.acceptedAtMs + 1, calls: arrivals.length, nowMs },
      saved: estimateOf(saved!),
      earlierMicroUsd: before.costMicroUsd,
    });
  }

  private told(
    { expectedSavingRatio }: Recommendation,
    measured: {
      fromMs: number;
      toMs: number;
      calls: number;
      nowMs: number;
      saved: Estimate;
      earlierMicroUsd: number;
    },
  ): RealisedSaving {
    const { fromMs, toMs, calls, nowMs, saved, earlierMicroUsd } = measured;
    return {
      from: iso(fromMs),
      to: iso(toMs),
      calls,
      savedUsd: usdEstimate(saved),
      savedRatio: earlierMicroUsd > 0 ? millionths(saved.point / earlierMicroUsd) : null,
      promisedUsd: toUsd((expectedSavingRatio?.point ?? 0) * earlierMicroUsd),
      measuredAt: iso(nowMs),
    };
  }
}

/** History knows a decision's time to the second: one of the same second may have been made before. */
function nextSecond(at: string): number {
  return (Math.floor(Date.parse(at) / 1_000) + 1) * 1_000;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
