import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
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

interface AskOptions {
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
