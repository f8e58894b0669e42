import type { ReceivedMessage } from '@signalbox/client/realtime';
import { useEffect, useRef, useState } from 'react';
import { useMessages } from './live';

/** However many come a second, they are drawn no more often than this. */
const DRAW_EVERY_MS = 400;

interface Stream<Entry> {
  /** Newest first; as they were when it was paused. */
  entries: readonly Entry[];
  /** Come since it was paused, as far as they are kept. */
  waiting: number;
}

/** What the rooms tell from now on: the newest `kept` for which `entryOf` is not null. */
export function useStream<Entry>(
  entryOf: (message: ReceivedMessage) => Entry | null,
  paused: boolean,
  kept = 50,
): Stream<Entry> {
  const undrawn = useRef<Entry[]>([]);
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [waiting, setWaiting] = useState(0);
  useMessages((message) => {
    const entry = entryOf(message);
    if (entry === null) return;
    undrawn.current.unshift(entry);
    undrawn.current.length = Math.min(undrawn.current.length, kept);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (paused) {
        setWaiting(undrawn.current.length);
        return;
      }
      const fresh = undrawn.current;
      if (fresh.length === 0) return;
      undrawn.current = [];
      setWaiting(0);
      setEntries((known) => [...fresh, ...known].slice(0, kept));
    }, DRAW_EVERY_MS);
    return () => clearInterval(timer);
  }, [paused, kept]);
  return { entries, waiting: paused ? waiting : 0 };
}
