import { Box, Group, Text } from '@mantine/core';
import type { Estimated } from '@signalbox/contracts';

interface IntervalBarProps {
  label: string;
  estimated: Estimated;
  format: (value: number) => string;
}

/** A figure on its line, with what it lies between and where nothing would be: what crosses that is not sure. */
export function IntervalBar({
  label,
  estimated: { point, interval80, interval95 },
  format,
}: IntervalBarProps) {
  const lowest = Math.min(0, interval95.lower);
  const highest = Math.max(0, interval95.upper);
  const width = highest - lowest || 1;
  // A little room on both sides, so that marks at the ends are seen whole.
  const at = (value: number) => `${2 + (96 * (value - lowest)) / width}%`;
  const sure = interval95.lower > 0 ? 'teal' : interval95.upper < 0 ? 'red' : 'yellow';
  const span = (lower: number, upper: number) => ({
    position: 'absolute' as const,
    left: at(lower),
    width: `calc(${at(upper)} - ${at(lower)})`,
  });
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text size="xs" c="dimmed">
          {label}
        </Text>
        <Text
          size="xs"
          c="dimmed"
          title={`In 95 of 100 resamples ${format(interval95.lower)} to ${format(interval95.upper)}`}
        >
          80 %: {format(interval80.lower)} to {format(interval80.upper)}
        </Text>
      </Group>
      <Box
        role="img"
        aria-label={`${label}: ${format(point)}, in 80 of 100 resamples between ${format(interval80.lower)} and ${format(interval80.upper)}, in 95 between ${format(interval95.lower)} and ${format(interval95.upper)}`}
        pos="relative"
        h={16}
      >
        <div
          style={{
            ...span(interval95.lower, interval95.upper),
            top: 6,
            height: 4,
            borderRadius: 2,
            background: `var(--mantine-color-${sure}-light-hover)`,
          }}
        />
        <div
          style={{
            ...span(interval80.lower, interval80.upper),
            top: 4,
            height: 8,
            borderRadius: 4,
            background: `var(--mantine-color-${sure}-filled)`,
            opacity: 0.55,
          }}
        />
        <div
          style={{
            position: 'absolute',
            left: at(0),
            top: 0,
            bottom: 0,
            borderLeft: '1px dashed var(--mantine-color-dimmed)',
          }}
        />
        <div
          style={{
            position: 'absolute',
            left: `calc(${at(point)} - 2px)`,
            top: 1,
            bottom: 1,
            width: 4,
            borderRadius: 2,
            background: `var(--mantine-color-${sure}-filled)`,
          }}
        />
      </Box>
    </div>
  );
}
