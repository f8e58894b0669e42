/**
 * The sustained tier: calls in the last 60 minutes, counted by minute of the epoch in a ring. A minute counts until it
 * is wholly older than an hour, so there is no instant at which more than the limit lies within 60 minutes; a
 * token comes back up to a minute late. (A fixed hour lets twice the limit through around its boundary, and so
 * does a bucket of an hour's calls.)
 */

/** The minute that runs and the 60 before it. */
export const RING = 61;
export const MINUTE_MS = 60_000;

export interface HourWindow {
  /** The minute that was counted last; 0 before the first call. */
  lastMinute: number;
  /** Calls per slot, slot = minute modulo `RING`. */
  slots: number[];
}

export function emptyHour(): HourWindow {
  return { lastMinute: 0, slots: new Array<number>(RING).fill(0) };
}

/** Moves on to a minute, forgetting those that have left the window. A minute before the last one changes nothing. */
export function turnTo(window: HourWindow, minute: number): void {
  const passed = Math.min(RING, minute - window.lastMinute);
  for (let step = 0; step < passed; step++) window.slots[(minute - step) % RING] = 0;
  window.lastMinute = Math.max(window.lastMinute, minute);
}

export function callsIn(window: HourWindow): number {
  return window.slots.reduce((sum, calls) => sum + calls, 0);
}

/** Adds to the running minute (a clock that stepped back counts there too), or takes back from the minute of the call. */
export function addCalls(window: HourWindow, minute: number, calls: number): void {
  if (minute <= window.lastMinute - RING) return;
  const slot = minute % RING;
  window.slots[slot] = Math.max(0, (window.slots[slot] ?? 0) + calls);
}

/** When the calls of a minute no longer count. */
export function leavesAtMs(minute: number): number {
  return (minute + RING) * MINUTE_MS;
}

/** The oldest minute that has calls; null when there is none. */
export function oldestMinute(window: HourWindow): number | null {
  for (let minute = window.lastMinute - RING + 1; minute <= window.lastMinute; minute++) {
    if ((window.slots[((minute % RING) + RING) % RING] ?? 0) > 0) return minute;
  }
  return null;
}

/** The youngest minute that has calls; null when there is none. */
export function youngestMinute(window: HourWindow): number | null {
  for (let minute = window.lastMinute; minute > window.lastMinute - RING; minute--) {
    if ((window.slots[((minute % RING) + RING) % RING] ?? 0) > 0) return minute;
  }
  return null;
}
