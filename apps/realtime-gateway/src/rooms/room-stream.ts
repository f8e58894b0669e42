import {
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Room } from '@signalbox/contracts';
import { RECENT_BYTES, RECENT_MESSAGES } from './room-feed.js';

/** Far more than gateways keep at hand, for one that was cut off from NATS. */
const MAX_AGE_MS = 60 * 60_000;
const MAX_BYTES = 32 * 1024 ** 2;
const DUPLICATE_WINDOW_MS = 2 * 60_000;

/**
 * One stream a room: its sequence is the room's `seq`, so that all gateways number alike, and what NATS keeps is
 * what a client can catch up on.
 */
export function streamNameOf(room: Room): string {
  return `SIGNALBOX_ROOM_${room.toUpperCase()}`;
}

export function subjectOfRoom(room: Room): string {
  return `signalbox.v1.rooms.${room}`;
}

/** Creates the room's stream if it is missing. Idempotent. */
export async function ensureRoomStream(manager: JetStreamManager, room: Room): Promise<StreamInfo> {
  const name = streamNameOf(room);
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error;
    return manager.streams.add({
      name,
      subjects: [subjectOfRoom(room)],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_age: nanos(MAX_AGE_MS),
      max_bytes: MAX_BYTES,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    });
  }
}

/** A room's numbering goes on for as long as its stream lives: a stream made anew begins another epoch. */
export function epochOf(info: StreamInfo): string {
  return String(Date.parse(info.created));
}

/** Ahead of the newest messages that are kept at hand: what comes after this number. By their average size. */
export function recentStartOf({ state }: StreamInfo): number {
  const { messages, bytes, first_seq: first, last_seq: last } = state;
  if (messages === 0) return last;
  const fitting = Math.min(RECENT_MESSAGES, Math.floor((RECENT_BYTES * messages) / Math.max(1, bytes)));
  return Math.max(first - 1, last - fitting);
}

/** Ends when the stream is gone, which is noticed within two missed heartbeats of half `expires`. */
export const READING = { max_messages: 256, expires: 5_000, abort_on_missing_resource: true } as const;

/** Reads a stream from a sequence on, in order, without a trace on the server once it is left. */
export function readingFrom(seq: number) {
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: seq } as const;
}
