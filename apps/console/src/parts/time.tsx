import { useEffect, useState } from 'react';
import { NOT_MEASURED } from './figures';

const STEPS: readonly [seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'short' });
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

/** The time, for what is shown beside it: renewed every `everyMs`. */
export function useNow(everyMs = 1_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** `3 min. ago`, `in 2 hr.`; the exact time of the reader's zone where the pointer rests. */
export function Time({ iso, why }: { iso: string | null | undefined; why?: string }) {
  const now = useNow(5_000);
  if (iso === null || iso === undefined) {
    return <span title={why ?? 'Not known'}>{NOT_MEASURED}</span>;
  }
  return (
    <time dateTime={iso} title={exact.format(new Date(iso))} style={{ whiteSpace: 'nowrap' }}>
      {ago(Date.parse(iso) - now)}
    </time>
  );
}

/** A time from now in words, ms; what is to come is positive. */
function ago(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (Math.abs(seconds) < 5) return 'just now';
  const [size, unit] = STEPS.find(([length]) => Math.abs(seconds) >= length) ?? [1, 'second'];
  return relative.format(Math.round(seconds / size), unit);
}

/** `2:05`, minutes and seconds until `iso`; `0:00` once it is over. */
export function Countdown({ until }: { until: string }) {
  const now = useNow(1_000);
  const seconds = Math.max(0, Math.round((Date.parse(until) - now) / 1_000));
  const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <time
      dateTime={until}
      title={exact.format(new Date(until))}
      style={{ fontVariantNumeric: 'tabular-nums' }}
    >
      {text}
    </time>
  );
}
