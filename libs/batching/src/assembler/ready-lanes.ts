import { moreUrgent } from './batch.js';
import type { Ready } from './group.js';
import { Heap } from './heap.js';

type Queue = Heap<Ready>;

/** What is ready to leave, by lane: a lane that rests must not hide what the others could send. */
export class ReadyLanes {
  readonly #lanes = new Map<string, { critical: Queue; others: Queue }>();

  put(ready: Ready): void {
    const { lane } = ready.group;
    let queues = this.#lanes.get(lane);
    if (queues === undefined) {
      const before = (a: Ready, b: Ready) => moreUrgent(a.head, b.head);
      queues = { critical: new Heap(before), others: new Heap(before) };
      this.#lanes.set(lane, queues);
    }
    (ready.head.critical ? queues.critical : queues.others).push(ready);
  }

  /** The most urgent of all lanes that are free. */
  first(isFree: (lane: string) => boolean): Ready | null {
    return this.#least(isFree, ({ critical, others }) => standing(critical) ?? standing(others));
  }

  /** The longest due that is not critical. */
  oldest(isFree: (lane: string) => boolean): Ready | null {
    return this.#least(isFree, ({ others }) => standing(others));
  }

  /** Each lane with something ready, and its longest due that is not critical. */
  *lanes(): Generator<{ lane: string; oldest: Ready | null }> {
    for (const [lane, { critical, others }] of this.#lanes) {
      const oldest = standing(others);
      if (oldest === null && standing(critical) === null) this.#lanes.delete(lane);
      else yield { lane, oldest };
    }
  }

  #least(
    isFree: (lane: string) => boolean,
    of: (queues: { critical: Queue; others: Queue }) => Ready | null,
  ): Ready | null {
    let least: Ready | null = null;
    for (const [lane, queues] of this.#lanes) {
      const ready = of(queues);
      if (ready === null || (least !== null && !moreUrgent(ready.head, least.head))) continue;
      if (isFree(lane)) least = ready;
    }
    return least;
  }
}

/** The top that is still true. */
function standing(queue: Queue): Ready | null {
  for (let top = queue.peek(); top !== undefined; top = queue.peek()) {
    if (top.group.ready === top) return top;
    queue.pop();
  }
  return null;
}
