import { connectRealtime, type RealtimeState, type ReceivedMessage } from '@signalbox/client/realtime';
import type { Room } from '@signalbox/contracts';
import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
} from 'react';
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
  /** Returns what ends it. Stays the same function while the page lives. */
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
  const client = useRef<ReturnType<typeof connectRealtime> | null>(null);
  const token = session?.token;

  useEffect(() => {
    if (token === undefined) return undefined;
    const connection = connectRealtime({
      token: () => token,
      rooms: ROOMS,
      onMessage: (message) => listeners.current.forEach((listener) => listener(message)),
      onState: (next) => {
        setState(next);
        if (next.state === 'refused') signOut(next.reason);
        // What failed while the server was away is asked for again now that it is back.
        if (next.state === 'live')
          void queries.refetchQueries({ predicate: ({ state: { status } }) => status === 'error' });
      },
      onJoined: (_room, joined) => {
        if (joined.recovered === false) void queries.invalidateQueries();
      },
    });
    client.current = connection;
    return () => connection.close();
  }, [token, queries, signOut]);

  const listen = useCallback((listener: Listener) => {
    listeners.current.add(listener);
    return () => void listeners.current.delete(listener);
  }, []);
  const reconnect = useCallback(() => client.current?.reconnect(), []);
  const value = useMemo<LiveValue>(() => ({ state, listen, reconnect }), [state, listen, reconnect]);
  return <Live value={value}>{children}</Live>;
}

export function useLive(): LiveValue {
  const value = useContext(Live);
  if (value === null) throw new Error('there is no live connection around this part');
  return value;
}

/** Calls `onMessage` with each message of the rooms, as it comes. */
export function useMessages(onMessage: (message: ReceivedMessage) => void): void {
  const { listen } = useLive();
  const latest = useRef(onMessage);
  useEffect(() => {
    latest.current = onMessage;
  });
  useEffect(() => listen((message) => latest.current(message)), [listen]);
}

/** Asks for `paths` again whenever a message comes that `concerns` them, at most once in `everyMs`. */
export function useRefreshOn(
  concerns: (message: ReceivedMessage) => boolean,
  paths: readonly string[],
  everyMs = 1_000,
): void {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useMessages((message) => {
    if (timer.current !== undefined || !concerns(message)) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      void queries.invalidateQueries({
        predicate: ({ queryKey: [path] }) => paths.some((one) => String(path).startsWith(one)),
      });
    }, everyMs);
  });
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
}
