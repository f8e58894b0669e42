/** A binary heap: the least element by `before` is on top. */
export class Heap<Element> {
  readonly #elements: Element[] = [];

  constructor(private readonly before: (a: Element, b: Element) => boolean) {}

  get size(): number {
    return this.#elements.length;
  }

  peek(): Element | undefined {
    return this.#elements[0];
  }

  push(element: Element): void {
    const heap = this.#elements;
    let at = heap.push(element) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Element | undefined {
    const heap = this.#elements;
    const top = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return top;
    heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return top;
      const least = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#before(least, at)) return top;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    return this.before(this.#elements[a] as Element, this.#elements[b] as Element);
  }

  #swap(a: number, b: number): void {
    const heap = this.#elements;
    [heap[a], heap[b]] = [heap[b] as Element, heap[a] as Element];
  }
}
