import type { WebhookEventsQuery } from '@signalbox/contracts';
import { useSearchParams } from 'react-router';

const NAMES = ['serviceName', 'type', 'state', 'from', 'to'] as const;
type FilterName = (typeof NAMES)[number];
export type EventFilter = Pick<WebhookEventsQuery, FilterName>;

interface UsedFilter {
  filter: EventFilter;
  /** As a query: `?state=dead`; empty where nothing is asked for. */
  query: string;
  set: (name: FilterName, value: string | null) => void;
  clear: () => void;
}

/** Which events the list shows: part of its address, so that it can be sent to somebody. */
export function useEventFilter(): UsedFilter {
  const [search, setSearch] = useSearchParams();
  const asked = NAMES.flatMap((name): [FilterName, string][] => {
    const value = search.get(name);
    return value === null ? [] : [[name, value]];
  });
  const set = (name: FilterName, value: string | null) =>
    setSearch(
      (known) => {
        const next = new URLSearchParams(known);
        if (value === null || value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  return {
    filter: Object.fromEntries(asked),
    query: asked.length === 0 ? '' : `?${new URLSearchParams(asked).toString()}`,
    set,
    clear: () => setSearch({}, { replace: true }),
  };
}
