import type { MicroUsd, ServiceConfig } from '@signalbox/contracts';
import type { Evidence, RecordedCall } from './recorded-call.js';
import { EVIDENCES } from './recorded-call.js';
import { RecordedWorld } from './recorded-world.js';
import { replay, type ReplayedCall } from './replay.js';
import { estimateOf, resampled, type Block, type Estimate } from './resample.js';

/** Of the recorded range, the part that only teaches the engine, which really began with all it had learned before. */
const WARM_UP_SHARE = 0.1;
const MOST_WARM_UP = 200;
/** Worlds that each setting is replayed in: their spread is the spread of what is known of nodes with few outcomes. */
const WORLDS = 4;
/** Stretches that the range is cut into for resampling, none shorter than an outage's first act. */
const BLOCKS = 60;
const LEAST_BLOCK_MS = 10_000;

/** What one setting makes of recorded calls beside another; all of the calls after the warm-up. */
export interface Comparison {
  readonly fromMs: number;
  readonly toMs: number;
  readonly calls: number;
  /** Of the calls as they were really made. */
  readonly recordedMicroUsd: MicroUsd;
  readonly beforeMicroUsd: MicroUsd;
  readonly afterMicroUsd: MicroUsd;
  /** Before less after, micro-dollars. */
  readonly saving: Estimate;
  /** Of the cost before; null when that is 0. */
  readonly savingRatio: Estimate | null;
  /** Success after less before, of settled calls; null without one. */
  readonly successChange: Estimate | null;
  /** Recorded cost less the cost after: what the setting after would have saved against what was really done. */
  readonly againstRecorded: Estimate;
  readonly addedLatencyMs: number;
  /** Share of resamples that save anything. */
  readonly probabilityOfSaving: number;
  /** Of the calls after, what their fates rest on; adds up to 1. */
  readonly evidence: Readonly<Record<Evidence, number>>;
  readonly nodeShares: Readonly<Record<string, { readonly before: number; readonly after: number }>>;
}

/** The recorded calls replayed as configured, once for all the settings that are compared with it. */
export interface ReplayedBefore {
  readonly calls: readonly RecordedCall[];
  readonly worlds: readonly RecordedWorld[];
  readonly replays: readonly (readonly ReplayedCall[])[];
  readonly seed: number;
}

/** `calls`: in the order of their decisions. */
export function* replayBefore(
  calls: readonly RecordedCall[],
  config: ServiceConfig,
  seed: number,
): Generator<undefined, ReplayedBefore> {
  const worlds = Array.from({ length: WORLDS }, (_, index) => new RecordedWorld(calls, seed + index));
  const replays: ReplayedCall[][] = [];
  for (const [index, world] of worlds.entries()) {
    replays.push(yield* replay({ calls, config, world, seed: seed + index }));
  }
  return { calls, worlds, replays, seed };
}

/** Replays the same calls, in the same worlds, under another setting. Null when nothing is left after the warm-up. */
export function* compareSettings(
  before: ReplayedBefore,
  config: ServiceConfig,
): Generator<undefined, Comparison | null> {
  const { calls, worlds, seed } = before;
  const warmUp = Math.min(MOST_WARM_UP, Math.floor(WARM_UP_SHARE * calls.length));
  const first = calls[warmUp];
  const last = calls.at(-1);
  if (first === undefined || last === undefined) return null;
  const after: ReplayedCall[][] = [];
  for (const [index, world] of worlds.entries()) {
    after.push(yield* replay({ calls, config, world, seed: seed + index }));
  }
  const [fromMs, toMs] = [first.decidedAtMs, last.decidedAtMs + 1];
  const blockMs = Math.max(LEAST_BLOCK_MS, (toMs - fromMs) / BLOCKS);
  const blocks = worlds.map((_, index) =>
    blocksOf(calls, before.replays[index]!, after[index]!, warmUp, blockMs),
  );
  const [saving, ratio, success, recorded] = resampled(blocks, FIGURES, seed);
  const means = sums(blocks.flat()).map((sum) => sum / worlds.length);
  const spent = (slot: number): MicroUsd => Math.round(means[slot]!);
  const hasSettled = means[SUM.settledBefore]! > 0 && means[SUM.settledAfter]! > 0;
  return {
    fromMs,
    toMs,
    calls: calls.length - warmUp,
    recordedMicroUsd: spent(SUM.recorded),
    beforeMicroUsd: spent(SUM.before),
    afterMicroUsd: spent(SUM.after),
    saving: estimateOf(saving!),
    savingRatio: means[SUM.before]! > 0 ? estimateOf(ratio!) : null,
    successChange: hasSettled ? estimateOf(success!) : null,
    againstRecorded: estimateOf(recorded!),
    addedLatencyMs: (means[SUM.latencyAfter]! - means[SUM.latencyBefore]!) / (calls.length - warmUp),
    probabilityOfSaving: saving!.values.filter((value) => value > 0).length / saving!.values.length,
    evidence: evidenceOf(after, warmUp),
    nodeShares: sharesOf(before.replays, after, warmUp),
  };
}

/** Places of the sums in a block. */
const SUM = {
  recorded: 0,
  before: 1,
  after: 2,
  succeededBefore: 3,
  settledBefore: 4,
  succeededAfter: 5,
  settledAfter: 6,
  latencyBefore: 7,
  latencyAfter: 8,
} as const;
const SUMS = Object.keys(SUM).length;

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

const FIGURES = [
  (block: Block) => block[SUM.before]! - block[SUM.after]!,
  (block: Block) => share(block[SUM.before]! - block[SUM.after]!, block[SUM.before]!),
  (block: Block) =>
    share(block[SUM.succeededAfter]!, block[SUM.settledAfter]!) -
    share(block[SUM.succeededBefore]!, block[SUM.settledBefore]!),
  (block: Block) => block[SUM.recorded]! - block[SUM.after]!,
];

function blocksOf(
  calls: readonly RecordedCall[],
  before: readonly ReplayedCall[],
  after: readonly ReplayedCall[],
  warmUp: number,
  blockMs: number,
): Block[] {
  const startsAtMs = calls[warmUp]!.decidedAtMs;
  const blocks = new Map<number, number[]>();
  for (let at = warmUp; at < calls.length; at++) {
    const [call, was, would] = [calls[at]!, before[at]!, after[at]!];
    const place = Math.floor((call.decidedAtMs - startsAtMs) / blockMs);
    const block = blocks.get(place) ?? new Array<number>(SUMS).fill(0);
    blocks.set(place, block);
    block[SUM.recorded]! += call.costMicroUsd;
    block[SUM.before]! += was.costMicroUsd;
    block[SUM.after]! += would.costMicroUsd;
    block[SUM.succeededBefore]! += Number(was.outcome === 'success');
    block[SUM.settledBefore]! += Number(was.outcome !== 'client_error');
    block[SUM.succeededAfter]! += Number(would.outcome === 'success');
    block[SUM.settledAfter]! += Number(would.outcome !== 'client_error');
    block[SUM.latencyBefore]! += was.latencyMs;
    block[SUM.latencyAfter]! += would.latencyMs;
  }
  return [...blocks.values()];
}

function sums(blocks: readonly Block[]): number[] {
  const total = new Array<number>(SUMS).fill(0);
  for (const block of blocks) block.forEach((value, slot) => (total[slot]! += value));
  return total;
}

function evidenceOf(replays: readonly (readonly ReplayedCall[])[], warmUp: number): Record<Evidence, number> {
  const counts = Object.fromEntries(EVIDENCES.map((evidence) => [evidence, 0])) as Record<Evidence, number>;
  let all = 0;
  for (const replayed of replays) {
    for (let at = warmUp; at < replayed.length; at++) {
      counts[replayed[at]!.evidence]++;
      all++;
    }
  }
  for (const evidence of EVIDENCES) counts[evidence] = share(counts[evidence], all);
  return counts;
}

function sharesOf(
  before: readonly (readonly ReplayedCall[])[],
  after: readonly (readonly ReplayedCall[])[],
  warmUp: number,
): Comparison['nodeShares'] {
  const shares: Record<string, { before: number; after: number }> = {};
  const count = (replays: readonly (readonly ReplayedCall[])[], side: 'before' | 'after') => {
    const all = replays.reduce((sum, replayed) => sum + replayed.length - warmUp, 0);
    for (const replayed of replays) {
      for (let at = warmUp; at < replayed.length; at++) {
        const { nodeId } = replayed[at]!;
        if (nodeId !== null) (shares[nodeId] ??= { before: 0, after: 0 })[side] += share(1, all);
      }
    }
  };
  count(before, 'before');
  count(after, 'after');
  return shares;
}
