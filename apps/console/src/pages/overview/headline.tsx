import { Card, SimpleGrid, Text } from '@mantine/core';
import type { AlertSeverity, FrontendCoordination } from '@signalbox/contracts';
import type { ReactNode } from 'react';
import { count, dollars, NOT_MEASURED, percent, perSecond } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { namesOf, sumOf } from './standing';

/** Five figures that say whether to read on. */
export function Headline({ known }: { known: FrontendCoordination }) {
  const { items } = known.services;
  const unwell = namesOf(items, ({ status }) => status !== 'healthy');
  const open = sumOf(items.map(({ circuits }) => circuits.open)) ?? 0;
  const halfOpen = sumOf(items.map(({ circuits }) => circuits.halfOpen)) ?? 0;
  const { warning, critical, emergency, stale } = known.alerts;
  const standing = warning + critical + emergency;
  const calls = sumOf(known.metrics.map(({ throughput }) => throughput.requestsPerSecond));
  const spent = sumOf(items.map(({ spend }) => spend?.day.spentUsd));
  const cap = sumOf(items.map(({ spend }) => spend?.day.capUsd));
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 5 }} spacing="sm">
      <Tile
        title="Services healthy"
        figure={`${items.length - unwell.length} of ${items.length}`}
        below={unwell.length === 0 ? 'All of them' : unwell.map(serviceTitle).join(', ')}
        tone={unwell.length === 0 ? undefined : 'yellow'}
      />
      <Tile
        title="Circuits open"
        figure={count(open)}
        below={halfOpen === 0 ? 'None probing' : `${halfOpen} probing`}
        tone={open > 0 ? 'red' : undefined}
      />
      <Tile
        title="Standing alerts"
        figure={stale ? NOT_MEASURED : count(standing)}
        below={stale ? 'They cannot be read now' : severities({ emergency, critical, warning })}
        tone={critical + emergency > 0 ? 'red' : standing > 0 ? 'yellow' : undefined}
      />
      <Tile
        title="Calls"
        figure={perSecond(calls)}
        below={calls === null ? 'Nothing measured yet' : 'Over the last 15 s'}
      />
      <Tile
        title="Spent today"
        figure={dollars(spent)}
        below={
          spent === null || cap === null || cap === 0
            ? 'No budget was told yet'
            : `${percent(spent / cap)} of ${dollars(cap)}`
        }
        tone={spent !== null && cap !== null && spent > cap ? 'red' : undefined}
      />
    </SimpleGrid>
  );
}

function severities(counts: Record<AlertSeverity, number>): string {
  const standing = Object.entries(counts).filter(([, alerts]) => alerts > 0);
  if (standing.length === 0) return 'Nothing needs attention';
  return standing.map(([severity, alerts]) => `${alerts} ${severity}`).join(', ');
}

interface TileProps {
  title: string;
  figure: ReactNode;
  below: string;
  tone?: string | undefined;
}

function Tile({ title, figure, below, tone }: TileProps) {
  return (
    <Card withBorder padding="sm">
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <Text
        fz={24}
        fw={650}
        lh={1.25}
        {...(tone === undefined ? {} : { c: `var(--mantine-color-${tone}-text)` })}
        style={{ fontVariantNumeric: 'tabular-nums' }}
      >
        {figure}
      </Text>
      <Text size="xs" c="dimmed" truncate title={below}>
        {below}
      </Text>
    </Card>
  );
}
