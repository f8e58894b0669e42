import { auditQuery, type FieldError } from '@signalbox/contracts';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

export const FILTERS = ['actor', 'action', 'object', 'from', 'to'] as const;
/** As people write it; times as of an `<input type="datetime-local">`, in their own zone. */
export type AuditFilter = Record<(typeof FILTERS)[number], string>;

/** The filter in the address, so that a link shows the same. */
export function useAuditFilter() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(
    () => Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? ''])) as AuditFilter,
    [params],
  );
  const change = (next: Partial<AuditFilter>) =>
    setParams(
      (now) => {
        for (const [name, value] of Object.entries(next)) {
          if (value === '') now.delete(name);
          else now.set(name, value);
        }
        return now;
      },
      { replace: true },
    );
  const asked = useMemo(() => wireOf(filter), [filter]);
  const problems: FieldError[] = useMemo(() => auditQuery.errors(asked), [asked]);
  const text = new URLSearchParams(asked).toString();
  return { filter, change, problems, query: text === '' ? '' : `?${text}` };
}

function wireOf(filter: AuditFilter): Record<string, string> {
  return Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = filter[name].trim();
      if (value === '') return [];
      return [[name, name === 'from' || name === 'to' ? instantOf(value) : value]];
    }),
  );
}

function instantOf(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}
