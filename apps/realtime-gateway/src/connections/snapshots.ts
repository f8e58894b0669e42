import { Injectable } from '@nestjs/common';
import type { Room } from '@signalbox/contracts';
import type { Caller } from '@signalbox/platform';

/** How things stand in a room right now, as far as the caller may see it. */
export type SnapshotOf = (caller: Caller) => unknown;

/** What a client is given that cannot be told everything it missed. Whoever knows a room's state registers it here. */
@Injectable()
export class Snapshots {
  private readonly sources = new Map<Room, SnapshotOf>();

  register(room: Room, source: SnapshotOf): void {
    if (this.sources.has(room)) throw new Error(`The room ${room} has two snapshots`);
    this.sources.set(room, source);
  }

  of(room: Room, caller: Caller): unknown {
    return this.sources.get(room)?.(caller) ?? null;
  }
}
