import { SERVICE_NAMES, toUsd, type ServiceName } from '@signalbox/contracts';
import { playLane, type LaneOptions, type ServiceFigures } from './savings/lane.js';
import { SPAN_MS } from './savings/providers.js';
import { traffic } from './savings/traffic.js';

/**
 * `npm run bench -- savings [--json]`: ten minutes of the demo's traffic and troubles under the shipped catalog and
 * batch policies, beside the baseline: every request a call of its own to the primary node. Causes are added one
 * after the other, in the order in which a request meets them, so that their parts add up to the whole. A simulation
 * on a simulated clock: the same seed gives the same figures on any machine.
 */
const json = process.argv.includes('--json');
const SEED = 20_260_115;

const LANES = {
  baseline: { deduplicates: false, batches: false, routes: false },
  deduplication: { deduplicates: true, batches: false, routes: false },
  batching: { deduplicates: true, batches: true, routes: false },
  routing: { deduplicates: true, batches: true, routes: true },
} satisfies Record<string, LaneOptions>;
type LaneName = keyof typeof LANES;

type Sum = ServiceFigures;
const asked = traffic(SEED, SPAN_MS);
const played = Object.fromEntries(
  (Object.keys(LANES) as LaneName[]).map((name) => [name, playLane(asked, LANES[name], SEED)]),
) as Record<LaneName, Record<ServiceName, ServiceFigures>>;

const sumOf = (name: LaneName, services: readonly ServiceName[] = SERVICE_NAMES): Sum => {
  const sum: Sum = { requests: 0, succeeded: 0, callsSent: 0, costMicroUsd: 0 };
  for (const service of services) {
    const own = played[name][service];
    for (const field of Object.keys(sum) as (keyof Sum)[]) sum[field] += own[field];
  }
  return sum;
};

const before = sumOf('baseline');
const after = sumOf('routing');
const share = (from: LaneName, to: LaneName) =>
  round((sumOf(from).costMicroUsd - sumOf(to).costMicroUsd) / before.costMicroUsd);
const perSuccess = ({ costMicroUsd, succeeded }: Sum) => costMicroUsd / succeeded;
const success = ({ succeeded, requests }: Sum) => succeeded / requests;
const reduction = (from: number, to: number) => (from === 0 ? null : round(1 - to / from));

const figures = {
  requests: before.requests,
  costReduction: round(1 - after.costMicroUsd / before.costMicroUsd),
  costPerSuccessReduction: round(1 - perSuccess(after) / perSuccess(before)),
  successChange: round(success(after) - success(before)),
  success: { baseline: round(success(before)), signalbox: round(success(after)) },
  costUsd: { baseline: toUsd(before.costMicroUsd), signalbox: toUsd(after.costMicroUsd) },
  callsSent: { baseline: before.callsSent, signalbox: after.callsSent },
  byCause: {
    deduplication: share('baseline', 'deduplication'),
    batching: share('deduplication', 'batching'),
    routing: share('batching', 'routing'),
    // No budget or limit is part of this run: what is refused is not served.
    limiting: null,
  },
  byService: Object.fromEntries(
    SERVICE_NAMES.map((service) => {
      const [was, is] = [sumOf('baseline', [service]), sumOf('routing', [service])];
      return [
        service,
        {
          baselineUsd: toUsd(was.costMicroUsd),
          costUsd: toUsd(is.costMicroUsd),
          costReduction: reduction(was.costMicroUsd, is.costMicroUsd),
          successChange: round(success(is) - success(was)),
          callsSent: is.callsSent,
          requests: is.requests,
        },
      ];
    }),
  ),
};

if (json) console.log(JSON.stringify(figures));
else {
  const { costUsd, byCause, callsSent } = figures;
  console.log(
    `${figures.requests} requests in ${SPAN_MS / 60_000} minutes; calls sent ${callsSent.baseline} → ${callsSent.signalbox}`,
  );
  console.log(
    `cost $${costUsd.baseline.toFixed(2)} → $${costUsd.signalbox.toFixed(2)}: ${percent(figures.costReduction)} less ` +
      `(${percent(figures.costPerSuccessReduction)} less for a success); success ${percent(figures.success.baseline)} → ${percent(figures.success.signalbox)}`,
  );
  console.log(
    `of the baseline's cost: deduplication ${percent(byCause.deduplication)}, batching ${percent(byCause.batching)}, ` +
      `routing ${percent(byCause.routing)}; limiting is not part of it`,
  );
  for (const [service, own] of Object.entries(figures.byService)) {
    console.log(
      `  ${service.padEnd(9)} $${own.baselineUsd.toFixed(3).padStart(8)} → $${own.costUsd.toFixed(3).padStart(8)}  ` +
        `success ${own.successChange >= 0 ? '+' : ''}${percent(own.successChange)}  ${own.requests} requests, ${own.callsSent} calls`,
    );
  }
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}
