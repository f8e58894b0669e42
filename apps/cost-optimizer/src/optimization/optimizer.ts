import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  RECOMMENDATION_KINDS,
  SignalboxError,
  type OptimizationRequest,
  type OptimizationRun,
  type Recommendation,
  type RecommendationKind,
  type ServiceConfig,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { RecommendationStore, RecordedTraffic } from '@signalbox/persistence';
import type { Caller } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { ChangeSettings } from './change-settings.js';
import { findRepeats } from './find-repeats.js';
import { findRouting, type Findings } from './find-routing.js';
import { findWindows } from './find-batching.js';
import { LivePolicies } from './live-policies.js';
import { LiveServices } from './live-services.js';
import { RealisedSavings } from './realised-savings.js';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;
/** The latest of a service: some seconds of replay for all of them. */
const MOST_CALLS = 2_000;
const MOST_ARRIVALS = 5_000;
/** Of a call that nothing is recorded of: only frees the batch's place. */
const USUAL_LATENCY_MS = 200;

const ROUTING: readonly RecommendationKind[] = ['strategy', 'weights', 'cheaper_node'];

/**
 * Looks for settings that would have saved on recorded traffic without costing success, and applies the best of them
 * when asked. One run at a time in a process: the second is told to come back.
 */
@Injectable()
export class Optimizer {
  private readonly logger = new Logger(Optimizer.name);
  private isRunning = false;

  constructor(
    private readonly traffic: RecordedTraffic,
    private readonly recommendations: RecommendationStore,
    private readonly services: LiveServices,
    private readonly policies: LivePolicies,
    private readonly settings: ChangeSettings,
    private readonly realised: RealisedSavings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws SignalboxError CONFLICT while another run is under way here; DEPENDENCY_UNAVAILABLE without PostgreSQL */
  async run(
    services: readonly ServiceName[],
    request: OptimizationRequest,
    caller: Caller,
  ): Promise<OptimizationRun> {
    if (this.isRunning) {
      throw new SignalboxError(
        'CONFLICT',
        'The optimizer is running; its recommendations are listed when it is done',
      );
    }
    this.isRunning = true;
    try {
      const run = await this.look(services, request);
      if (request.apply === true) await this.applyBest(run, caller);
      await this.realised.measure(services);
      return run;
    } finally {
      this.isRunning = false;
    }
  }

  private async look(
    services: readonly ServiceName[],
    { kinds = [...RECOMMENDATION_KINDS], hours = DEFAULT_HOURS }: OptimizationRequest,
  ): Promise<OptimizationRun> {
    const toMs = this.clock.nowMs();
    const fromMs = Math.floor((toMs - hours * HOUR_MS) / 1_000) * 1_000;
    const run: OptimizationRun = {
      ranAt: iso(toMs),
      from: iso(fromMs),
      to: iso(toMs),
      ...{ services: [], recommendations: [], considered: [], applied: [], notApplied: [] },
    };
    const configs = await this.services.all();
    for (const serviceName of services) {
      const config = configs.get(serviceName);
      if (config === undefined) {
        const unavailable = 'the service has no configuration yet';
        run.services.push({ serviceName, calls: 0, batchRequests: 0, unavailable });
        continue;
      }
      await this.lookAt(config, kinds, { fromMs, toMs }, run);
    }
    run.recommendations.sort((a, b) => b.expectedSavingUsdPerDay - a.expectedSavingUsdPerDay);
    return run;
  }

  private async lookAt(
    config: ServiceConfig,
    kinds: readonly RecommendationKind[],
    range: { fromMs: number; toMs: number },
    run: OptimizationRun,
  ): Promise<void> {
    const { serviceName } = config;
    const [calls, arrivals] = await Promise.all([
      this.traffic.calls(serviceName, range, MOST_CALLS),
      this.traffic.arrivals(serviceName, range, MOST_ARRIVALS),
    ]);
    const findings: Findings[] = [];
    if (ROUTING.some((kind) => kinds.includes(kind))) findings.push(await findRouting(config, calls, kinds));
    if (kinds.includes('batching_window')) {
      const { policy } = await this.policies.get(serviceName);
      findings.push(await findWindows(config, policy, arrivals, medianLatencyMs(calls)));
    }
    if (kinds.includes('deduplication')) findings.push(findRepeats(config, arrivals));
    const found = findings.flatMap((finding) => finding.found);
    // Nothing recorded says nothing about what was found before.
    const isSilent = calls.length === 0 && arrivals.length === 0;
    if (!isSilent) {
      const kept = await this.recommendations.renew(serviceName, kinds, found, newId, range.toMs);
      run.recommendations.push(...kept);
    }
    run.considered.push(...findings.flatMap((finding) => finding.considered));
    run.services.push({
      serviceName,
      calls: calls.length,
      batchRequests: arrivals.length,
      unavailable: isSilent ? 'nothing is recorded of the range' : null,
    });
  }

  /** The best of each object: the others were replayed against what it was before. */
  private async applyBest(run: OptimizationRun, caller: Caller): Promise<void> {
    const objects = new Set<string>();
    for (const recommendation of run.recommendations) {
      const reason = reasonNotTo(recommendation, objects);
      if (reason !== null) {
        run.notApplied.push({ id: recommendation.id, reason });
        continue;
      }
      objects.add(recommendation.change!.object);
      try {
        const applied = await this.settings.apply(recommendation.id, caller);
        Object.assign(recommendation, applied);
        run.applied.push(recommendation.id);
      } catch (error) {
        if (!(error instanceof SignalboxError) || error.status >= 500) throw error;
        this.logger.warn(`Recommendation ${recommendation.id} was not applied: ${error.message}`);
        run.notApplied.push({ id: recommendation.id, reason: error.message });
      }
    }
  }
}

function reasonNotTo(
  { change, confidence, risk, advice }: Recommendation,
  taken: ReadonlySet<string>,
): string | null {
  if (change === null) return advice ?? 'nothing to apply';
  if (taken.has(change.object)) return 'a better one of the same configuration was applied';
  if (confidence.level === 'low') return 'it is not sure enough to be applied unseen';
  return risk.level === 'high' ? 'it is too risky to be applied unseen' : null;
}

function medianLatencyMs(calls: readonly { latencyMs: number }[]): number {
  const sorted = calls.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? USUAL_LATENCY_MS;
}

function newId(): string {
  return `recommendation_${randomUUID().replaceAll('-', '')}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
