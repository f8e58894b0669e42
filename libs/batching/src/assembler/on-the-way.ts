import type { Group } from './group.js';

/** Batches that are remembered; a caller that never settles must not fill memory. */
const MOST = 100_000;

interface Sent {
  readonly group: Group;
  /** It went by the place of the aged. */
  readonly aged: boolean;
}

/** The batches that have left and are not settled. */
export class OnTheWay {
  readonly #sent = new Map<string, Sent>();
  #aged = 0;

  get size(): number {
    return this.#sent.size;
  }

  /** Of those, how many went by the place of the aged. */
  get aged(): number {
    return this.#aged;
  }

  add(batchId: string, group: Group, aged: boolean): void {
    group.inFlight++;
    if (aged) this.#aged++;
    this.#sent.set(batchId, { group, aged });
    const [oldest] = this.#sent.keys();
    if (this.#sent.size > MOST && oldest !== undefined) this.take(oldest);
  }

  /** The group whose batch it was; null when nobody knows it. */
  take(batchId: string): Group | null {
    const sent = this.#sent.get(batchId);
    if (sent === undefined) return null;
    this.#sent.delete(batchId);
    sent.group.inFlight--;
    if (sent.aged) this.#aged--;
    return sent.group;
  }
}
