import { Badge, Box, Group, Progress, SegmentedControl, Stack, Text } from '@mantine/core';
import type { AnomalySeen, CostAnalysis, MoneySpent, ServiceName } from '@signalbox/contracts';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Dollars } from '../../parts/amounts';
import { Answer } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { count, dollars, ms, NOT_MEASURED, percent, words } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { useTimeSpan } from '../../parts/time-span';

const ANALYSIS = '/stream-b-coordination/cost/analysis';
const WAYS = ['service', 'node', 'operation', 'strategy'] as const;
type Way = (typeof WAYS)[number];

/** Where the money went, and when a figure left what its own past made likely. */
export function Money() {
  const span = useTimeSpan();
  const [way, setWay] = useState<Way>('service');
  const analysis = useApi<CostAnalysis>(`${ANALYSIS}?from=${span.from}`, { everyMs: 60_000 });
  useRefreshOn(({ room }) => room === 'cost_monitoring', [ANALYSIS], 10_000);
  return (
    <Stack gap="xl">
      <Section
        title="Where the money goes"
        about={
          analysis.data === undefined ? undefined : (
            <>
              {dollars(analysis.data.costUsd)} in the {span.words}
            </>
          )
        }
        actions={
          <>
            <SegmentedControl
              size="xs"
              aria-label="Split by"
              data={WAYS.map((each) => ({ value: each, label: words(each) }))}
              value={way}
              onChange={(value) => setWay(value)}
            />
            {span.control}
          </>
        }
      >
        <Answer
          query={analysis}
          empty={{
            when: (data) => goneBy(data, way).length === 0,
            say: `No call cost anything in the ${span.words}.`,
          }}
        >
          {(data) => (
            <DataTable
              label={`Spend by ${way}`}
              columns={COLUMNS[way]}
              rows={goneBy(data, way)}
              idOf={({ serviceName, name }) => `${serviceName} ${name}`}
            />
          )}
        </Answer>
      </Section>
      <Section
        title="Anomalies"
        about="Minutes in which cost, latency or errors left what their own past made likely; judged as they happened, never by what came after."
      >
        <Answer
          query={analysis}
          empty={{
            when: ({ anomalies }) => anomalies.length === 0,
            say: `Nothing unusual in the ${span.words}. A service is judged once an hour of its calls has shown what is ordinary.`,
          }}
        >
          {({ anomalies }) => (
            <DataTable
              label="Anomalies"
              columns={ANOMALY_COLUMNS}
              rows={anomalies}
              idOf={({ anomalyId }) => anomalyId}
              sortedBy={{ title: 'Seen', descending: true }}
            />
          )}
        </Answer>
      </Section>
    </Stack>
  );
}

interface Gone extends MoneySpent {
  serviceName: ServiceName;
  /** Of the node, the operation or the strategy; empty by service. */
  name: string;
}

function goneBy(data: CostAnalysis, way: Way): Gone[] {
  switch (way) {
    case 'service':
      return Object.entries(data.byService).map(([name, spent]) => ({
        ...spent,
        serviceName: name as ServiceName,
        name: '',
      }));
    case 'node':
      return data.byNode.map((each) => ({ ...each, name: each.nodeId }));
    case 'operation':
      return data.byOperation.map((each) => ({ ...each, name: each.operation }));
    case 'strategy':
      return data.byStrategy.map((each) => ({ ...each, name: words(each.strategy) }));
  }
}

const SERVICE: Column<Gone> = {
  title: 'Service',
  cell: ({ serviceName }) => serviceTitle(serviceName),
  sortBy: ({ serviceName }) => serviceName,
};

const FIGURES: readonly Column<Gone>[] = [
  {
    title: 'Cost',
    cell: ({ costUsd }) => <Dollars usd={costUsd} />,
    figures: true,
    sortBy: ({ costUsd }) => costUsd,
  },
  { title: 'Share', cell: ({ share }) => <Share share={share} />, sortBy: ({ share }) => share, width: 180 },
  { title: 'Calls', cell: ({ calls }) => count(calls), figures: true, sortBy: ({ calls }) => calls },
  {
    title: 'Success',
    cell: ({ successRatio }) => percent(successRatio),
    figures: true,
    sortBy: ({ successRatio }) => successRatio,
  },
  {
    title: 'Cost of a success',
    cell: ({ costPerSuccessUsd }) => <Dollars usd={costPerSuccessUsd} why="No call succeeded" />,
    figures: true,
    sortBy: ({ costPerSuccessUsd }) => costPerSuccessUsd,
  },
];

function byName(title: string): readonly Column<Gone>[] {
  return [{ title, cell: ({ name }) => name, sortBy: ({ name }) => name }, SERVICE, ...FIGURES];
}

const COLUMNS: Record<Way, readonly Column<Gone>[]> = {
  service: [SERVICE, ...FIGURES],
  node: byName('Node'),
  operation: byName('Operation'),
  strategy: byName('Strategy'),
};

function Share({ share }: { share: number | null }) {
  if (share === null) return <span title="Nothing was spent">{NOT_MEASURED}</span>;
  return (
    <Group gap="xs" wrap="nowrap">
      <Box flex={1} miw={60}>
        <Progress value={share * 100} size="sm" aria-label="Share of the whole cost" />
      </Box>
      <Text inherit w={52} ta="right">
        {percent(share)}
      </Text>
    </Group>
  );
}

const SERIES = { cost: 'Cost', latency: 'Latency', error_rate: 'Error rate' } as const;

const ANOMALY_COLUMNS: readonly Column<AnomalySeen>[] = [
  { title: 'Seen', cell: ({ at }) => <Time iso={at} />, sortBy: ({ at }) => at },
  {
    title: 'Service',
    cell: ({ serviceName }) => serviceTitle(serviceName),
    sortBy: ({ serviceName }) => serviceName,
  },
  {
    title: 'What',
    cell: ({ series, direction }) => (
      <Badge variant="light" color={direction === 'above' ? 'orange' : 'blue'} miw="max-content">
        {SERIES[series]} {direction}
      </Badge>
    ),
    sortBy: ({ series }) => series,
  },
  { title: 'Measured', cell: (seen) => said(seen.value, seen), figures: true },
  { title: 'Expected', cell: (seen) => said(seen.expected, seen), figures: true },
  {
    title: 'How unusual',
    cell: ({ score }) => (
      <span title="0 to 1: the rarer the like was in its own past, the nearer to 1">{score.toFixed(3)}</span>
    ),
    figures: true,
    sortBy: ({ score }) => score,
  },
];

function said(value: number | null, { series }: AnomalySeen): string {
  if (value === null) return NOT_MEASURED;
  if (series === 'cost') return `${dollars(value)} a minute`;
  return series === 'latency' ? ms(value) : percent(value);
}
