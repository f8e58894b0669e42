import { SegmentedControl } from '@mantine/core';
import type { Timeframe } from '@signalbox/contracts';
import { useState, type ReactElement } from 'react';
import { useNow } from './time';

const MINUTE_MS = 60_000;
const HOURS: Record<Timeframe, number> = { '1h': 1, '24h': 24, '7d': 7 * 24, '30d': 30 * 24 };
const WORDS: Record<Timeframe, string> = {
  '1h': 'last hour',
  '24h': 'last 24 hours',
  '7d': 'last 7 days',
  '30d': 'last 30 days',
};

interface TimeSpan {
  timeframe: Timeframe;
  /** `last 24 hours`. */
  words: string;
  /** Its beginning; moves on every five minutes, so that asking again in between asks the same. */
  from: string;
  /** Lets people choose another. */
  control: ReactElement;
}

/** How far back a page looks. */
export function useTimeSpan(
  timeframes: readonly Timeframe[] = ['1h', '24h', '7d', '30d'],
  initial: Timeframe = '24h',
): TimeSpan {
  const [timeframe, setTimeframe] = useState(initial);
  const now = useNow(MINUTE_MS);
  const fromMs = now - HOURS[timeframe] * 60 * MINUTE_MS;
  return {
    timeframe,
    words: WORDS[timeframe],
    from: new Date(Math.floor(fromMs / (5 * MINUTE_MS)) * 5 * MINUTE_MS).toISOString(),
    control: (
      <SegmentedControl
        size="xs"
        aria-label="Time span"
        data={timeframes.map((each) => ({ value: each, label: each }))}
        value={timeframe}
        onChange={(value) => setTimeframe(value)}
      />
    ),
  };
}
