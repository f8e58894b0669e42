import { Card, Group, SimpleGrid, Text } from '@mantine/core';
import { IconArrowDownRight, IconArrowRight, IconArrowUpRight } from '@tabler/icons-react';
import type { WebhookServiceStats, WebhookStats, WebhookTrend } from '@signalbox/contracts';
import { Figure } from '../../parts/amounts';
import { count } from '../../parts/figures';

const ARROWS = { rising: IconArrowUpRight, steady: IconArrowRight, falling: IconArrowDownRight } as const;

/** Whether more of it is bad news. */
const TRENDS = [
  { name: 'received', title: 'Received', bad: false },
  { name: 'processed', title: 'Processed', bad: false },
  { name: 'refused', title: 'Refused', bad: true },
  { name: 'duplicate', title: 'Duplicates', bad: false },
  { name: 'failed', title: 'Failed attempts', bad: true },
] as const;

/** The sums, each beside the span before it, and what waits now. */
export function Trends({ stats: { trends, services } }: { stats: WebhookStats }) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
      {TRENDS.map(({ name, title, bad }) => (
        <Card withBorder key={name}>
          <Figure
            label={title}
            size="xl"
            value={count(trends[name].current)}
            color={bad && trends[name].current > 0 ? 'var(--mantine-color-red-text)' : undefined}
          />
          <Trend trend={trends[name]} />
        </Card>
      ))}
      <Now services={services} />
    </SimpleGrid>
  );
}

function Trend({ trend: { previous, ratio, direction } }: { trend: WebhookTrend }) {
  const Arrow = ARROWS[direction];
  return (
    <Group gap={4} wrap="nowrap" title={`${count(previous)} in the time before`}>
      <Arrow size={14} role="img" aria-label={direction} />
      <Text size="xs" c="dimmed">
        {ratio === null
          ? 'none before'
          : ratio === 1
            ? 'as before'
            : `× ${ratio < 10 ? ratio.toFixed(2) : count(Math.round(ratio))} of before`}
      </Text>
    </Group>
  );
}

function Now({ services }: { services: readonly WebhookServiceStats[] }) {
  const sum = (of: (stats: WebhookServiceStats) => number) =>
    services.reduce((total, each) => total + of(each), 0);
  const dead = sum((each) => each.dead);
  return (
    <Card withBorder>
      <Figure
        label="Dead now"
        size="xl"
        value={count(dead)}
        color={dead > 0 ? 'var(--mantine-color-red-text)' : undefined}
        why="Every attempt failed: they wait for a replay"
      />
      <Text size="xs" c="dimmed">
        {count(sum((each) => each.pending))} pending, {count(sum((each) => each.retrying))} retrying
      </Text>
    </Card>
  );
}
