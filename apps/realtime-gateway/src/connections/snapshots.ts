import { Inject, Injectable } from '@nestjs/common';
import type { Room } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { Caller } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import type { EncodedMessage } from '../delivery/encoded-message.js';
import { Rooms } from '../rooms/rooms.js';

/** While the room tells nothing, clients that join within this share what was found out. */
const SHARED_FOR_MS = 1_000;

/** How things stand in a room, as far as the caller may see it. */
type SnapshotOf = (caller: Caller) => unknown;

/** Finds out how things stand in a room now or later; never rejects. */
export type TakeSnapshot = () => SnapshotOf | Promise<SnapshotOf>;

/** How things stood in the room at `seq` or later: whoever is given it is sent what came after `seq`. */
export interface Snapshot {
  readonly epoch: string;
  readonly seq: number;
  readonly of: SnapshotOf;
}

interface Taking {
  readonly atMs: number;
  readonly epoch: string;
  readonly seq: number;
  readonly snapshot: Promise<Snapshot>;
}

/**
 * What a client is given that joins a room, or cannot be told everything it missed. Whoever knows a room's state
 * registers it here. The room's place is noted first and the state found out after: so nothing that was told by then is
 * missing from the snapshot, and what is told from then on can be sent after it.
 */
@Injectable()
export class Snapshots {
  private readonly sources = new Map<Room, TakeSnapshot>();
  private readonly takings = new Map<Room, Taking>();

  constructor(
    @Inject(Rooms) private readonly rooms: Pick<Rooms, 'at' | 'since'>,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  register(room: Room, source: TakeSnapshot): void {
    if (this.sources.has(room)) throw new Error(`The room ${room} has two snapshots`);
    this.sources.set(room, source);
  }

  /** Null while the room was never read. */
  take(room: Room): Promise<Snapshot | null> {
    const at = this.rooms.at(room);
    if (at === null) return Promise.resolve(null);
    const atMs = this.clock.nowMs();
    const last = this.takings.get(room);
    const isStill = last?.epoch === at.epoch && last.seq === at.seq;
    if (isStill && atMs - last.atMs < SHARED_FOR_MS) return last.snapshot;
    const snapshot = this.taken(room, { ...at });
    this.takings.set(room, { atMs, ...at, snapshot });
    return snapshot;
  }

  /** What came after the snapshot, complete; null when that is not at hand any more. */
  since(room: Room, { epoch, seq }: Snapshot): EncodedMessage[] | null {
    return this.rooms.since(room, { epoch, seq });
  }

  private async taken(room: Room, at: { epoch: string; seq: number }): Promise<Snapshot> {
    const of = await this.sources.get(room)?.();
    return { ...at, of: (caller) => of?.(caller) ?? null };
  }
}
