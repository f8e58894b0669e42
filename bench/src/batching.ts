import { CALL_PRIORITIES, SERVICE_NAMES } from '@signalbox/contracts';
import { throughputFigures } from './batching/throughput.js';
import { traceFigures, type AddedWaitMs, type TraceFigures } from './batching/trace-figures.js';

/**
 * `npm run bench -- batching [--json]`: how many requests batching saves on the published arrival trace, beside
 * DataLoader and beside the optimum; and items a second beside bare BullMQ. The trace's figures are by a simulated
 * clock: the same on any machine. docs/reference/batching.md describes the trace.
 */
const SEEDS = [1, 2, 3];
const DURATION_MS = 600_000;

const json = process.argv.includes('--json');
const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);

const runs = SEEDS.map((seed) => traceFigures(seed, DURATION_MS));
for (const run of runs) sayRun(run);
const throughput = await throughputFigures();
say(
  throughput === null
    ? 'items/s beside bare BullMQ: not measured'
    : `items/s: ${throughput.itemsPerSecond}, bare BullMQ ${throughput.bareJobsPerSecond}, ratio ${throughput.ratio.toFixed(2)}`,
);
if (json) {
  console.log(
    JSON.stringify({
      // Of several seeds the worst: what is to be reached is reached on each of them.
      reduction: round(Math.min(...runs.map((run) => run.reduction))),
      ofOptimum: round(Math.min(...runs.map((run) => run.ofOptimum))),
      criticalAddedWaitMsP99: Math.max(...runs.map((run) => run.addedWaitMs.CRITICAL.p99)),
      itemsRatio: throughput === null ? null : round(throughput.ratio),
      runs,
    }),
  );
}

function sayRun(run: TraceFigures): void {
  say(
    `seed ${run.seed}: ${run.requestsIn} requests in, ${run.duplicates} duplicates, ${run.requestsSent} sent ` +
      `(${percent(run.reduction)} fewer); optimum at least ${run.optimum}: ${run.ofOptimum.toFixed(3)} of it, ` +
      `${run.ofOptimumMergeable.toFixed(3)} where anything merges, ${percent(run.savingsOfOptimum)} of what it saves`,
  );
  say(`  billable units ${run.billableUnits}, unbatched ${run.billableUnitsUnbatched}`);
  for (const service of SERVICE_NAMES) {
    const { requestsIn, requestsSent, optimum } = run.byService[service];
    say(`  ${service.padEnd(9)} ${requestsIn} in, ${requestsSent} sent, optimum at least ${optimum}`);
  }
  say(`  added wait p50/p99, ms: ${shown(run.addedWaitMs)}`);
  const { withoutIdleFlush } = run;
  say(
    `  always waiting until full or due: ${withoutIdleFlush.requestsSent} sent, ` +
      `${withoutIdleFlush.ofOptimum.toFixed(3)} of the optimum; ${shown(withoutIdleFlush.addedWaitMs)}`,
  );
  const { requestsIn, requestsSent, dataLoader } = run.loadable;
  say(`  mergeable reads: ${requestsIn} in, ${requestsSent} sent`);
  for (const peer of dataLoader) {
    say(
      `    DataLoader, ${peer.windowMs} ms window: ${peer.requestsSent} sent, ` +
        `critical added wait p99 ${Math.round(peer.criticalAddedWaitMsP99)} ms`,
    );
  }
}

function shown(waits: AddedWaitMs): string {
  return CALL_PRIORITIES.map(
    (priority) => `${priority} ${Math.round(waits[priority].p50)}/${Math.round(waits[priority].p99)}`,
  ).join(', ');
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

function round(ratio: number): number {
  return Math.round(ratio * 1_000) / 1_000;
}
