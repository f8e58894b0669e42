import { Group, Progress, Text } from '@mantine/core';
import type { ServiceGlance } from '@signalbox/contracts';
import { dollars, percent } from '../../parts/figures';

const COLOURS = { open: 'teal', throttled: 'yellow', exhausted: 'red' } as const;

/** What of the day's budget is used, and whether calls are shed for it. */
export function SpendBar({ spend, of }: { spend: ServiceGlance['spend']; of: string }) {
  if (spend === null) {
    return (
      <Text size="xs" c="dimmed">
        Spend not told yet
      </Text>
    );
  }
  const { day, band } = spend;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap="xs" mb={4}>
        <Text size="xs" c="dimmed" truncate>
          {dollars(day.spentUsd)} of {dollars(day.capUsd)} today
        </Text>
        <Text
          size="xs"
          fw={band === 'open' ? 400 : 600}
          c={band === 'open' ? 'dimmed' : `var(--mantine-color-${COLOURS[band]}-text)`}
          style={{ whiteSpace: 'nowrap' }}
        >
          {percent(day.utilization)}
          {band === 'open' ? '' : ` · ${band}`}
        </Text>
      </Group>
      <Progress
        value={Math.min(100, day.utilization * 100)}
        color={`var(--line-${COLOURS[band]})`}
        size="sm"
        aria-label={`Budget of the day used by ${of}`}
      />
    </div>
  );
}
