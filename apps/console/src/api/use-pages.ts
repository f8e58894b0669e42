import type { Page } from '@signalbox/contracts';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ApiFailure } from './api';
import { useRequest } from './use-api';

/** Asking again asks for every page that is shown: no more than this many. Who looks for something older narrows the list. */
const MAX_PAGES = 10;

/** A list so far; stands where `<Answer query>` takes a query. */
export interface Pages<T> {
  data: T[] | undefined;
  error: ApiFailure | null;
  isPending: boolean;
  isFetching: boolean;
  refetch: () => unknown;
  /** There are more, and `more()` asks for them. */
  hasMore: boolean;
  /** There are more than a page of this console shows. */
  cutShort: boolean;
  loadingMore: boolean;
  more: () => void;
}

interface PagesOptions {
  enabled?: boolean;
  /** Asked again after this for each page that is shown, ms; only once and on events when absent. */
  everyMs?: number;
}

/** The list at `path` (which may have a query), page after page by its cursor. */
export function usePages<T>(path: string, { enabled = true, everyMs }: PagesOptions = {}): Pages<T> {
  const ask = useRequest();
  const query = useInfiniteQuery<Page<T>, ApiFailure, { pages: Page<T>[] }, string[], string | null>({
    queryKey: [path, 'pages'],
    queryFn: ({ pageParam }) => ask<Page<T>>('GET', withCursor(path, pageParam)),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    enabled,
    placeholderData: keepPreviousData,
    ...(everyMs === undefined
      ? {}
      : { refetchInterval: ({ state }) => everyMs * Math.max(1, state.data?.pages.length ?? 1) }),
  });
  const { data, error, isPending, isFetching, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } =
    query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items), [data]);
  const full = (data?.pages.length ?? 0) >= MAX_PAGES;
  return {
    data: items,
    error,
    isPending,
    isFetching,
    refetch,
    hasMore: hasNextPage && !full,
    cutShort: hasNextPage && full,
    loadingMore: isFetchingNextPage,
    more: () => void fetchNextPage(),
  };
}

function withCursor(path: string, cursor: string | null): string {
  if (cursor === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
}
