import { connectRealtime, type RealtimeState, type ReceivedMessage } from '@signalbox/client/realtime';
import type { Room } from '@signalbox/contracts';
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useSession } from '../session/session';

const ROOMS: readonly Room[] = [
  'api_status_updates',
  'cost_monitoring',
  'webhook_events',
  'batching_performance',
  'rate_limit_alerts',
  'coordination',
  'agents',
];

type Listener = (message: ReceivedMessage) => void;

interface LiveValue {
  state: RealtimeState;
  /** Returns what ends it. */
  listen: (listener: Listener) => () => void;
  reconnect: () => void;
}

const Live = createContext<LiveValue | null>(null);

/** One connection for the whole page. What could not be recovered is asked for again. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const { session, signOut } = useSession();
  const queries = useQueryClient();
  const [state, setState] = useState<RealtimeState>({ state: 'connecting', reason: null });
  const listeners = useRef(new Set<Listener>());
  const reconnect = useRef<() => void>(() => undefined);
  const token = session?.token;

  useEffect(() => {
    if (token === undefined) return undefined;
    const client = connectRealtime({
      token: () => token,
      rooms: ROOMS,
      onMessage: (message) => listeners.current.forEach((listener) => listener(message)),
      onState: (next) => {
        setState(next);
        if (next.state === 'refused') signOut(next.reason);
      },
      onJoined: (_room, joined) => {
        if (joined.recovered === false) void queries.invalidateQueries();
      },
    });
    reconnect.current = () => client.reconnect();
    return () => client.close();
  }, [token, queries, signOut]);

  const value = useMemo<LiveValue>(
    () => ({
      state,
      listen: (listener) => {
        listeners.current.add(listener);
        return () => listeners.current.delete(listener);
      },
      reconnect: () => reconnect.current(),
    }),
    [state],
  );
  return <Live value={value}>{children}</Live>;
}

export function useLive(): LiveValue {
  const value = useContext(Live);
  if (value === null) throw new Error('there is no live connection around this part');
  return value;
}

/** Asks for `paths` again whenever a message comes that `concerns` them, at most once in `everyMs`. */
export function useRefreshOn(
  concerns: (message: ReceivedMessage) => boolean,
  paths: readonly string[],
  everyMs = 1_000,
): void {
  const { listen } = useLive();
  const queries = useQueryClient();
  const filter = useRef(concerns);
  filter.current = concerns;
  const key = paths.join(' ');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = listen((message) => {
      if (!filter.current(message)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({
          predicate: ({ queryKey: [path] }) => key.split(' ').some((one) => String(path).startsWith(one)),
        });
      }, everyMs);
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [listen, queries, key, everyMs]);
}
