import { CompositeChart, Sparkline as Line } from '@mantine/charts';
import { Box, Text } from '@mantine/core';

interface SparklineProps {
  /** Oldest first; null where nothing was measured. */
  points: readonly (number | null)[];
  /** What it shows: `Error rate of stripe, last hour`. */
  label: string;
  /** How the newest value is said. */
  say: (value: number | null) => string;
  color?: 'teal' | 'red' | 'yellow' | 'blue' | 'grape' | 'gray' | 'orange';
  height?: number;
}

/** A small line without axes; where there is too little for a line, that is said instead. */
export function Sparkline({ points, label, say, color = 'teal', height = 32 }: SparklineProps) {
  const measured = points.filter((point) => point !== null);
  if (measured.length < 2) {
    return (
      <Box h={height} style={{ display: 'flex', alignItems: 'center' }}>
        <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
          Not measured yet
        </Text>
      </Box>
    );
  }
  return (
    <Box
      role="img"
      aria-label={`${label}: now ${say(points.at(-1) ?? null)}, at most ${say(Math.max(...measured))}`}
    >
      <Line
        h={height}
        data={[...points]}
        color={`var(--line-${color})`}
        curveType="linear"
        fillOpacity={0.15}
        strokeWidth={1.5}
        areaProps={{ isAnimationActive: false, connectNulls: false }}
      />
    </Box>
  );
}

/** One place on the time axis: a figure by the name of each line, and `[lower, upper]` by the name of each band. */
export type ChartPoint = { at: string } & Record<string, number | [number, number] | string | null>;

interface LineChartProps {
  /** What it shows, in words. */
  label: string;
  data: readonly ChartPoint[];
  lines: readonly { name: string; title: string; color: string; dashed?: boolean }[];
  /** What a value lies between. */
  bands?: readonly { name: string; title: string; color: string }[];
  /** Levels that matter: a budget, a threshold. */
  levels?: readonly { at: number; title: string; color: string }[];
  /** What is measured, and in what: `Calls an hour`. */
  measure: string;
  format: (value: number) => string;
  /** Of the time axis; the time of day when absent. */
  formatAt?: (iso: string) => string;
  height?: number;
}

const timeOfDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndTime = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const clock = (iso: string) => timeOfDay.format(new Date(iso));
const exact = (iso: string) => dayAndTime.format(new Date(iso));

/** Counts over time, with the bands that they are expected to stay in. */
export function LineChart({
  label,
  data,
  lines,
  bands = [],
  levels = [],
  measure,
  format,
  formatAt,
  height = 260,
}: LineChartProps) {
  return (
    <Box role="img" aria-label={label}>
      <CompositeChart
        h={height}
        data={[...data]}
        dataKey="at"
        series={[
          ...bands.map(({ name, title, color }) => ({ type: 'area' as const, name, label: title, color })),
          ...lines.map(({ name, title, color, dashed }) => ({
            type: 'line' as const,
            name,
            label: title,
            color,
            ...(dashed === true ? { strokeDasharray: '5 5' } : {}),
          })),
        ]}
        referenceLines={levels.map(({ at, title, color }) => ({ y: at, label: title, color }))}
        withLegend={lines.length + bands.length > 1}
        withDots={false}
        curveType="linear"
        strokeWidth={2}
        lineProps={{ isAnimationActive: false }}
        areaProps={{ isAnimationActive: false, strokeWidth: 0, fillOpacity: 0.2 }}
        valueFormatter={(value) => formatValue(value, format)}
        yAxisLabel={measure}
        xAxisLabel={formatAt === undefined ? 'Time of day' : 'Date'}
        yAxisProps={{ tickFormatter: format, width: 72, allowDecimals: false }}
        xAxisProps={{ tickFormatter: formatAt ?? clock, minTickGap: 32 }}
        tooltipProps={{ labelFormatter: (at) => (typeof at === 'string' && at !== '' ? exact(at) : '') }}
      />
    </Box>
  );
}

function formatValue(value: unknown, format: (value: number) => string): string {
  if (Array.isArray(value)) return value.map((one) => format(Number(one))).join(' to ');
  return format(Number(value));
}
