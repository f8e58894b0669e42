import type { RealtimeEventType, Room, RoomMessage } from '@signalbox/contracts';

/** A message with its bytes, which all connections share. */
export interface Outgoing {
  readonly message: RoomMessage;
  /** The Socket.IO packet for those that get it in the ordinary way. */
  readonly bytes: number;
}

/** A message on its way to one client, and what the client may take as seen with it. */
export interface Delivery<T extends Outgoing> {
  readonly item: T;
  /**
   * With this message the client has seen everything of the room from here to the message's `seq`: what lies between
   * was not for it, or was replaced by this one. Equal to `seq` in the ordinary case.
   */
  readonly coversFrom: number;
  /** How many older messages this one replaces. */
  readonly coalesced: number;
}

export interface QueueBounds {
  /** From here on, messages of a kind that the newest one makes obsolete replace each other. */
  coalesceFromBytes: number;
  /** More than this is not kept for anybody. */
  maxBytes: number;
}

/** What the newest message says whole: an older one of the same room, kind and service tells nothing more. */
const REPLACEABLE: ReadonlySet<RealtimeEventType> = new Set([
  'cost_update',
  'service_status_changed',
  'agent_status',
  'dashboard_update',
]);

interface Waiting<T> {
  item: T;
  coalesced: number;
  /** Older ones of its room have not been pushed yet. */
  early: boolean;
}

/**
 * What waits for one client that reads more slowly than it is written to. Two lanes: critical messages overtake.
 * Bounded in bytes. Pure: it sends nothing.
 */
export class OutgoingQueue<T extends Outgoing> {
  private readonly critical: Waiting<T>[] = [];
  private normal: Waiting<T>[] = [];
  private readonly seen = new Map<Room, number>();
  private heldBytes = 0;

  constructor(private readonly bounds: QueueBounds) {}

  get isEmpty(): boolean {
    return this.normal.length === 0 && this.critical.length === 0;
  }

  /** A critical message waits. */
  get isUrgent(): boolean {
    return this.critical.length > 0;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** The client has seen the room up to `seq`: where its messages begin. */
  begin(room: Room, seq: number): void {
    this.seen.set(room, seq);
  }

  end(room: Room): void {
    this.seen.delete(room);
    const others = ({ item }: Waiting<T>) => item.message.room !== room;
    this.critical.splice(0, this.critical.length, ...this.critical.filter(others));
    this.normal = this.normal.filter(others);
    this.heldBytes = [...this.critical, ...this.normal].reduce((sum, { item }) => sum + item.bytes, 0);
  }

  clear(): void {
    this.critical.length = 0;
    this.normal = [];
    this.heldBytes = 0;
  }

  /**
   * False when the client is past helping: it must be disconnected, and catches up when it is back. `early`: older ones
   * of its room are still to be pushed.
   */
  push(item: T, early = false): boolean {
    const lane = item.message.priority === 'critical' ? this.critical : this.normal;
    lane.push({ item, coalesced: 0, early });
    this.heldBytes += item.bytes;
    if (this.heldBytes > this.bounds.coalesceFromBytes) this.coalesce();
    return this.heldBytes <= this.bounds.maxBytes;
  }

  /** The next message to send; undefined when none waits. */
  take(): Delivery<T> | undefined {
    const overtaking = this.critical.shift();
    const next = overtaking ?? this.normal.shift();
    if (next === undefined) return undefined;
    this.heldBytes -= next.item.bytes;
    return this.delivered(next, overtaking !== undefined);
  }

  private delivered({ item, coalesced, early }: Waiting<T>, overtook: boolean): Delivery<T> {
    const { room, seq } = item.message;
    // One that overtook stands for itself alone: what it overtook is still to come.
    const alone = early || (overtook && this.normal.some((waiting) => waiting.item.message.room === room));
    if (alone) return { item, coversFrom: seq, coalesced };
    return { item, coversFrom: this.coverTo(room, seq), coalesced };
  }

  private coverTo(room: Room, seq: number): number {
    const seen = this.seen.get(room) ?? seq - 1;
    if (seq > seen) this.seen.set(room, seq);
    return Math.min(seen + 1, seq);
  }

  private coalesce(): void {
    const newest = new Map<string, Waiting<T>>();
    const kept: Waiting<T>[] = [];
    for (const waiting of this.normal.reverse()) {
      const { room, eventType, serviceName } = waiting.item.message;
      const key = `${room} ${eventType} ${serviceName ?? ''}`;
      const newer = REPLACEABLE.has(eventType) ? newest.get(key) : undefined;
      if (newer === undefined) {
        newest.set(key, waiting);
        kept.push(waiting);
      } else {
        newer.coalesced += 1 + waiting.coalesced;
        this.heldBytes -= waiting.item.bytes;
      }
    }
    this.normal = kept.reverse();
  }
}
