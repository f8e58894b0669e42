import type { MessagePriority, RealtimeEventType, Room, ServiceName } from '@signalbox/contracts';
import { EncodedMessage } from '../delivery/encoded-message.js';

/** A message as the room's stream holds it; the stream adds the number. */
export interface StoredMessage {
  priority: MessagePriority;
  eventType: RealtimeEventType;
  timestamp: string;
  serviceName?: ServiceName;
  [field: string]: unknown;
}

/** What the stream holds under a number, with its place in the room; null for what is no message. */
export function numbered(room: Room, epoch: string, seq: number, text: string): EncodedMessage | null {
  const stored = parsed(text);
  if (stored === null) return null;
  const { priority, eventType, timestamp, ...payload } = stored;
  return new EncodedMessage({ room, seq, epoch, priority, eventType, timestamp, ...payload });
}

/** Event types that only another version knows are told all the same. */
function parsed(text: string): StoredMessage | null {
  try {
    const stored = JSON.parse(text) as Partial<StoredMessage> | null;
    const isMessage =
      (stored?.priority === 'critical' || stored?.priority === 'normal') &&
      typeof stored.eventType === 'string' &&
      typeof stored.timestamp === 'string' &&
      !Number.isNaN(Date.parse(stored.timestamp));
    return isMessage ? (stored as StoredMessage) : null;
  } catch {
    return null;
  }
}
