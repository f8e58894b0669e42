/** Time that passes by events: what was scheduled first of those due at one moment happens first. */
export class SimulatedClock {
  nowMs = 0;
  #events: { atMs: number; order: number; act: () => void }[] = [];
  #order = 0;

  at(atMs: number, act: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, act };
    let at = this.#events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Until nothing is scheduled. */
  run(): void {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      this.nowMs = next.atMs;
      next.act();
    }
  }

  #pop() {
    const events = this.#events;
    const top = events[0];
    const last = events.pop();
    if (events.length === 0 || last === undefined) return top;
    events[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= events.length) return top;
      const least = left + 1 < events.length && this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#before(least, at)) return top;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [first, second] = [this.#events[a], this.#events[b]];
    if (first === undefined || second === undefined) return false;
    return first.atMs < second.atMs || (first.atMs === second.atMs && first.order < second.order);
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#events[a], this.#events[b]];
    if (first === undefined || second === undefined) return;
    this.#events[a] = second;
    this.#events[b] = first;
  }
}
