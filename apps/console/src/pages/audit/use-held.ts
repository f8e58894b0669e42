import { useState } from 'react';

/**
 * A list, newest first, that grows at its top: while `paused` what comes is counted and not shown. Older entries that
 * are asked for are shown all the same.
 */
export function useHeld<Entry>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
  paused: boolean,
): { shown: readonly Entry[]; waiting: number } {
  const first = entries[0];
  const newest = first === undefined ? null : keyOf(first);
  const [held, setHeld] = useState<string | null>(null);
  if (!paused && held !== null) setHeld(null);
  if (paused && held === null && newest !== null) setHeld(newest);
  const at =
    held === null
      ? 0
      : Math.max(
          0,
          entries.findIndex((entry) => keyOf(entry) === held),
        );
  return { shown: entries.slice(at), waiting: at };
}
