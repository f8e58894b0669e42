import { Group, Text } from '@mantine/core';
import { IconTrendingDown, IconTrendingUp } from '@tabler/icons-react';
import { memo } from 'react';
import { Sparkline } from '../../parts/charts';
import { NOT_MEASURED } from '../../parts/figures';

interface MeasuredProps {
  name: string;
  /** The service, for those who hear the figure alone. */
  of: string;
  now: number | null;
  points: readonly (number | null)[];
  say: (value: number | null) => string;
  color?: 'teal' | 'red';
  trend?: 'improving' | 'stable' | 'degrading' | null;
}

/** A figure as it is now, and its last hour below. */
export const Measured = memo(function Measured({ name, of, now, points, say, color, trend }: MeasuredProps) {
  const figure = say(now);
  return (
    <div>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Group gap={4} wrap="nowrap">
        <Text
          fw={600}
          style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
          title={figure === NOT_MEASURED ? 'No calls were measured in the window' : undefined}
        >
          {figure}
        </Text>
        {trend === 'degrading' && (
          <IconTrendingUp
            size={14}
            color="var(--mantine-color-red-text)"
            role="img"
            aria-label="Getting slower"
          />
        )}
        {trend === 'improving' && (
          <IconTrendingDown
            size={14}
            color="var(--mantine-color-green-text)"
            role="img"
            aria-label="Getting faster"
          />
        )}
      </Group>
      <Sparkline
        points={points}
        label={`${name} of ${of}, last hour`}
        say={say}
        {...(color === undefined ? {} : { color })}
      />
    </div>
  );
}, alike);

/** The points are made anew at each update of anything: what is in them counts. */
function alike(a: MeasuredProps, b: MeasuredProps): boolean {
  return (
    a.now === b.now &&
    a.trend === b.trend &&
    a.color === b.color &&
    a.points.length === b.points.length &&
    a.points.every((point, index) => point === b.points[index])
  );
}
