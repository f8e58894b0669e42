import type { ServiceName } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import type { Journal, LedgerSnapshot, Movement } from '../journal.js';
import { snapshotOf } from '../snapshot.js';

/** A journal in memory that keeps the port's promise: single-threaded, so appends and generations are serial. */
export class MemoryJournal implements Journal {
  readonly movements = new Map<string, Movement>();
  /** Set to make it fail as a database that is away. */
  failure: Error | null = null;
  private readonly generations = new Map<ServiceName, number>();

  constructor(private readonly clock: Clock) {}

  async append(movements: readonly Movement[]): Promise<readonly boolean[]> {
    if (this.failure !== null) throw this.failure;
    return movements.map((movement) => {
      if ((this.generations.get(movement.serviceName) ?? 0) !== movement.generation) return false;
      if (!this.movements.has(movement.movementId)) this.movements.set(movement.movementId, movement);
      return true;
    });
  }

  async openGeneration(serviceName: ServiceName): Promise<LedgerSnapshot> {
    if (this.failure !== null) throw this.failure;
    const generation = (this.generations.get(serviceName) ?? 0) + 1;
    this.generations.set(serviceName, generation);
    return snapshotOf(serviceName, generation, this.movements.values(), this.clock.nowMs());
  }
}
