import { notifications } from '@mantine/notifications';
import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from '@tanstack/react-query';
import { useCallback } from 'react';
import { useSession } from '../session/session';
import { ApiFailure, request, type Method } from './api';

/** A request as the one who is signed in; a token that is not taken any more signs out. */
export function useRequest() {
  const { session, signOut } = useSession();
  return useCallback(
    async <T>(method: Method, path: string, body?: unknown): Promise<T> => {
      try {
        return await request<T>(method, path, session?.token ?? '', body);
      } catch (error) {
        if (error instanceof ApiFailure && error.status === 401) signOut(error.message);
        throw error;
      }
    },
    [session?.token, signOut],
  );
}

export interface AskOptions {
  /** Asked again after this, ms; only once and on events when absent. */
  everyMs?: number;
  enabled?: boolean;
}

/** What the server says at `path`; the key of the query is the path. */
export function useApi<T>(
  path: string,
  { everyMs, enabled = true }: AskOptions = {},
): UseQueryResult<T, ApiFailure> {
  const ask = useRequest();
  return useQuery<T, ApiFailure>({
    queryKey: [path],
    queryFn: () => ask<T>('GET', path),
    enabled,
    placeholderData: keepPreviousData,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  });
}

export interface Change<Body> {
  method: Method;
  path: (body: Body) => string;
  /** What is sent; the whole argument when absent. */
  body?: (body: Body) => unknown;
  /** Paths whose answers have changed; a path stands for all that begin with it. */
  changes: readonly string[];
  done: string;
}

/** Something that changes the server's state: says so when it is done, and says why when it is not. */
export function useChange<Body, Result = unknown>(
  change: Change<Body>,
): UseMutationResult<Result, ApiFailure, Body> {
  const ask = useRequest();
  const queries = useQueryClient();
  return useMutation<Result, ApiFailure, Body>({
    mutationFn: (body) =>
      ask<Result>(change.method, change.path(body), change.body === undefined ? body : change.body(body)),
    onSuccess: () => {
      notifications.show({ color: 'green', message: change.done });
      return queries.invalidateQueries({
        predicate: ({ queryKey: [path] }) => change.changes.some((one) => String(path).startsWith(one)),
      });
    },
    onError: (error) => {
      const reference = error.correlationId === null ? '' : ` (${error.correlationId})`;
      notifications.show({
        color: 'red',
        title: error.code,
        message: `${error.message}${reference}`,
        autoClose: 10_000,
      });
    },
  });
}
