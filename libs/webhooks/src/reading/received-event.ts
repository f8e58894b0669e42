import type { ServiceName } from '@signalbox/contracts';

/** One event out of a verified delivery, in words that are the same for every provider. */
export interface ReceivedEvent {
  readonly serviceName: ServiceName;
  /** The provider's own id, or `sha256:…` of the event where it gave none; always an `Identifier` of the contracts. */
  readonly externalId: string;
  /** The provider's word (`payment_intent.payment_failed`); at most 128 characters of A-Z a-z 0-9 _ . : @ / -. */
  readonly type: string;
  /** `customer:cus_…`, `vehicle:2815…`, `message:SM…`: order is kept within it. Null where none is named. */
  readonly entity: string | null;
  /**
   * Rises within an entity where the provider numbers or times its events. Equal numbers are in no order; null
   * tells nothing.
   */
  readonly sequence: number | null;
  /** ISO 8601; null where the provider does not say. */
  readonly occurredAt: string | null;
  /** To be processed before others. */
  readonly critical: boolean;
  /**
   * The event as the provider wrote it: JSON. Its strings may hold U+0000 and lone surrogates, which `jsonb`
   * refuses.
   */
  readonly payload: unknown;
  /** Its JSON text, where that is the whole body: written as it came. */
  readonly payloadText?: string;
}

/** Why verified bytes could not be read: a closed set. */
export const UNREADABLE_REASONS = [
  'not_utf8',
  'not_json',
  'malformed_form',
  'too_deep',
  'too_many_events',
  'wrong_shape',
] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

export interface Unreadable {
  readonly kind: 'unreadable';
  readonly reason: UnreadableReason;
  /** For people: names the field, never shows its value. */
  readonly detail: string;
}

export interface EventsRead {
  readonly kind: 'events';
  readonly events: readonly ReceivedEvent[];
}

/** Airtable says that something changed, and nothing more: the payloads are to be fetched. */
export interface PingRead {
  readonly kind: 'ping';
  readonly baseId: string;
  readonly webhookId: string;
  readonly occurredAt: string | null;
}

export type Reading = EventsRead | PingRead | Unreadable;
export type ReadingOf<Kind extends 'events' | 'ping'> = Extract<Reading, { kind: Kind }> | Unreadable;

export function unreadable(reason: UnreadableReason, detail: string): Unreadable {
  return { kind: 'unreadable', reason, detail };
}
