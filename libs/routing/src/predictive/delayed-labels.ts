/**
 * Turns a node's looks into labelled examples: what the features were, and what became of the node's calls
 * over the horizon after them. A label is never guessed: where the horizon had too little to say, the
 * snapshot is dropped.
 */

/** How far ahead the model speaks. */
const HORIZON_MS = 60_000;
/** A look later than this past the horizon's end would count calls beyond it. */
const LATE_MS = 5_000;
/** Looks come about once a second; closer ones only add to the counts. */
const SNAPSHOT_EVERY_MS = 900;
/** Snapshots that can be waiting for their horizon: the bound on memory, per node. */
const MAX_PENDING = Math.ceil((HORIZON_MS + LATE_MS) / SNAPSHOT_EVERY_MS) + 1;
/** The horizon is cut in this many slots to see whether its calls covered it. */
const SLOT_MS = 10_000;
const SLOTS = HORIZON_MS / SLOT_MS;
/** Slots that need outcomes before "nothing failed" may be said of the whole horizon. */
const SLOTS_TO_CALL_IT_CALM = 4;

/**
 * What a label is worth, in independent trials. Sixty snapshots share one minute's outcomes, and these fail
 * together: so a minute is worth thirty trials, however busy the node is.
 */
const LABEL_TRIALS = 0.5;
/**
 * So many outcomes tell what a minute is like. Few on purpose: the trickle that still reaches a failing node
 * must count like the flood to a well one, or the model would forget the outages that it avoids.
 */
const ENOUGH_OUTCOMES = 8;

export interface LabelledSnapshot {
  x: readonly number[];
  /** Failures ÷ outcomes over the horizon. */
  failureRatio: number;
  /** What the label is worth in independent trials. */
  trials: number;
}

interface Snapshot {
  atMs: number;
  x: readonly number[];
  failures: number;
  outcomes: number;
  /** Bit i: the i-th slot of the horizon had outcomes. */
  slots: number;
}

export class DelayedLabels {
  private readonly pending: Snapshot[] = [];

  get size(): number {
    return this.pending.length;
  }

  /**
   * `failures` and `outcomes` are what came since the last look. Gives the snapshots whose horizon is over,
   * oldest first, and takes one of `x` when it is due.
   */
  look(atMs: number, x: readonly number[], failures: number, outcomes: number): LabelledSnapshot[] {
    for (const snapshot of this.pending) count(snapshot, atMs, failures, outcomes);
    const labelled: LabelledSnapshot[] = [];
    while (this.pending.length > 0 && atMs - this.pending[0]!.atMs >= HORIZON_MS) {
      const label = labelOf(this.pending.shift()!, atMs);
      if (label !== null) labelled.push(label);
    }
    const newest = this.pending.at(-1);
    if (
      (newest === undefined || atMs - newest.atMs >= SNAPSHOT_EVERY_MS) &&
      this.pending.length < MAX_PENDING
    ) {
      this.pending.push({ atMs, x, failures: 0, outcomes: 0, slots: 0 });
    }
    return labelled;
  }
}

function count(snapshot: Snapshot, atMs: number, failures: number, outcomes: number): void {
  if (outcomes === 0) return;
  snapshot.failures += failures;
  snapshot.outcomes += outcomes;
  const slot = Math.min(SLOTS - 1, Math.floor((atMs - snapshot.atMs - 1) / SLOT_MS));
  snapshot.slots |= 1 << Math.max(0, slot);
}

/**
 * Null when there is nothing to learn from. A horizon without failures that traffic left early is censored,
 * not calm: taking it for calm would unlearn, with every outage avoided, the very signs by which it was.
 */
function labelOf(snapshot: Snapshot, atMs: number): LabelledSnapshot | null {
  if (snapshot.outcomes === 0 || atMs - snapshot.atMs > HORIZON_MS + LATE_MS) return null;
  if (snapshot.failures === 0 && covered(snapshot.slots) < SLOTS_TO_CALL_IT_CALM) return null;
  return {
    x: snapshot.x,
    failureRatio: snapshot.failures / snapshot.outcomes,
    trials: LABEL_TRIALS * Math.min(1, snapshot.outcomes / ENOUGH_OUTCOMES),
  };
}

function covered(slots: number): number {
  let bits = 0;
  for (let rest = slots; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
}
