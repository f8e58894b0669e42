import type { ServiceName } from '@signalbox/contracts';

export interface RefusalAlarm {
  count: number;
  windowMs: number;
  /** Null: from many addresses. */
  source: string | null;
}

const WINDOW_MS = 60_000;
/** A provider that is being set up, or a rotation gone wrong, has fewer before somebody looks. */
const FROM_ONE_ADDRESS = 20;
const IN_ALL = 100;
/** One alarm says it; the next one that it goes on. */
const QUIET_MS = 5 * 60_000;
/** Addresses watched at a time: an attacker with more raises the alarm of the source. */
const MAX_WATCHED = 2_000;

interface Watched {
  windowEndsMs: number;
  count: number;
  quietUntilMs: number;
}

/** Says when refusals come again and again: from one address, or to one source from anywhere. Per replica. */
export class RefusalAlarms {
  private readonly watched = new Map<string, Watched>();

  /** The alarms that one more refusal raises. */
  note(serviceName: ServiceName, address: string, nowMs: number): RefusalAlarm[] {
    return [
      ...this.watch(`${serviceName} ${address}`, FROM_ONE_ADDRESS, address, nowMs),
      ...this.watch(serviceName, IN_ALL, null, nowMs),
    ];
  }

  private watch(key: string, limit: number, source: string | null, nowMs: number): RefusalAlarm[] {
    const known = this.watched.get(key);
    const isOpen = known !== undefined && nowMs < known.windowEndsMs;
    const entry: Watched = {
      windowEndsMs: isOpen ? known.windowEndsMs : nowMs + WINDOW_MS,
      count: (isOpen ? known.count : 0) + 1,
      quietUntilMs: known?.quietUntilMs ?? 0,
    };
    const isAlarm = entry.count >= limit && nowMs >= entry.quietUntilMs;
    if (isAlarm) entry.quietUntilMs = nowMs + QUIET_MS;
    // Last used last: the one that was refused longest ago is forgotten.
    this.watched.delete(key);
    this.watched.set(key, entry);
    if (this.watched.size > MAX_WATCHED) this.watched.delete(this.watched.keys().next().value as string);
    return isAlarm ? [{ count: entry.count, windowMs: WINDOW_MS, source }] : [];
  }
}
