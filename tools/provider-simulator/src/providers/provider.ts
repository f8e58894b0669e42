import type { FastifyInstance } from 'fastify';

/** One provider's API, as far as it is simulated, and the state behind it. All of its nodes lead to the same state. */
export interface Provider {
  routes(app: FastifyInstance): void;
  /** The body of a failure, in the provider's own form. */
  error(status: number, message: string): object;
}

/** Most objects of a kind that a provider remembers; the oldest go first. */
const MOST_KEPT = 10_000;

/** Objects by id, in the order they came, bounded. */
export class Shelf<T> {
  private readonly kept = new Map<string, T>();

  put(id: string, value: T): T {
    this.kept.set(id, value);
    if (this.kept.size > MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    return value;
  }

  get(id: string): T | undefined {
    return this.kept.get(id);
  }

  delete(id: string): boolean {
    return this.kept.delete(id);
  }

  /** The newest first. */
  newest(limit: number): T[] {
    return [...this.kept.values()].reverse().slice(0, limit);
  }

  get size(): number {
    return this.kept.size;
  }
}

/** Ids that look like the provider's and repeat from run to run. */
export function idSequence(prefix: string, length: number): () => string {
  let next = 0;
  return () => prefix + (++next).toString(16).padStart(length, '0');
}
