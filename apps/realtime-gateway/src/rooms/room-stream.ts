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

/** A client that was away longer, or missed more, gets a snapshot instead. */
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

/** Reads a stream from a sequence on, in order, without a trace on the server once it is left. */
export function readingFrom(seq: number) {
  return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: seq } as const;
}
