import type { DashboardUpdate, Role, RoomMessage } from '@signalbox/contracts';
import type { Caller } from '@signalbox/platform';
import { EncodedMessage } from '../delivery/encoded-message.js';
import { shownTo, updateShown } from './shown-parts.js';

/** Who may see dashboards, asked for or pushed. */
export const DASHBOARD_ROLES = ['admin', 'manager', 'user'] as const satisfies readonly Role[];

/** Made once for all clients that may touch the same services, and forgotten with the message. */
const narrowed = new WeakMap<EncodedMessage, Map<string, EncodedMessage | undefined>>();

/**
 * A pushed dashboard as the caller may see it; undefined for one who may not. It is narrowed where it is handed to a
 * client, the one place that every message passes, whether it is new or was missed: one message of the room then holds
 * for all, and the client sees the figures of one moment. A message for each service could not tell totals, and would
 * be seven times as many.
 */
export function dashboardFor(caller: Caller, message: EncodedMessage): EncodedMessage | undefined {
  if (!DASHBOARD_ROLES.some((role) => role === caller.role)) return undefined;
  if (caller.services === null) return message;
  const variants = narrowed.get(message) ?? new Map<string, EncodedMessage | undefined>();
  narrowed.set(message, variants);
  const key = [...caller.services].sort().join(' ');
  if (!variants.has(key)) variants.set(key, narrowedTo(caller, message));
  return variants.get(key);
}

/**
 * Nothing is taken over but what is known to belong: a field that is added is hidden until it is filtered. Undefined where
 * a gateway of another version made something else of it: the next one comes in 5 s.
 */
function narrowedTo(caller: Caller, { message }: EncodedMessage): EncodedMessage | undefined {
  const { room, seq, epoch, priority, eventType, timestamp } = message;
  try {
    const update = updateShown(message as RoomMessage & DashboardUpdate, shownTo(caller));
    return new EncodedMessage({ room, seq, epoch, priority, eventType, timestamp, ...update });
  } catch {
    return undefined;
  }
}
