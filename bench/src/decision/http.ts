import autocannon from 'autocannon';

export interface HttpTarget {
  url: string;
  headers: Record<string, string>;
  body: string;
}

export interface HttpFigures {
  inFlight: number;
  perSecond: number;
  baselinePerSecond: number;
  /** Median over the rounds of ours ÷ baseline. */
  ratio: number;
  p99Ms: number;
}

const ROUND_SECONDS = 4;
const ROUNDS = 3;

/** Ours and the baseline in turns, so that what else the machine does hits both alike. */
export async function httpFigures(
  ours: HttpTarget,
  baseline: HttpTarget,
  inFlight: number,
): Promise<HttpFigures> {
  const rounds: { ours: autocannon.Result; baseline: autocannon.Result }[] = [];
  await load(ours, inFlight, 2);
  await load(baseline, inFlight, 2);
  for (let round = 0; round < ROUNDS; round++) {
    const plain = await load(baseline, inFlight, ROUND_SECONDS);
    rounds.push({ baseline: plain, ours: await load(ours, inFlight, ROUND_SECONDS) });
  }
  return {
    inFlight,
    perSecond: Math.round(median(rounds.map((round) => round.ours.requests.average))),
    baselinePerSecond: Math.round(median(rounds.map((round) => round.baseline.requests.average))),
    ratio: median(rounds.map((round) => round.ours.requests.average / round.baseline.requests.average)),
    p99Ms: median(rounds.map((round) => round.ours.latency.p99)),
  };
}

async function load(target: HttpTarget, connections: number, duration: number): Promise<autocannon.Result> {
  const result = await autocannon({ ...target, method: 'POST', connections, duration });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${target.url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  }
  return result;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
