import { BarChart } from '@mantine/charts';
import { Alert, Box, Card, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconScale } from '@tabler/icons-react';
import type { CostSavings, SavingCause, ServiceName, ServiceSavings } from '@signalbox/contracts';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Dollars, Figure } from '../../parts/amounts';
import { Answer } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { count, dollars } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { useTimeSpan } from '../../parts/time-span';
import { CAUSES, goodOrBad, signedDollars, signedPercent } from './words';

const SAVINGS = '/external-services/analytics/cost-savings';
const NOT_MEASURED_WHY = 'Nothing of the kind was recorded in this time';

/** What was saved, by cause, against what the same calls would have cost. */
export function Savings() {
  const span = useTimeSpan();
  const savings = useApi<CostSavings>(`${SAVINGS}?from=${span.from}`, { everyMs: 60_000 });
  useRefreshOn(
    ({ room }) => room === 'cost_monitoring' || room === 'batching_performance',
    [SAVINGS],
    10_000,
  );
  return (
    <Section
      title="Savings by cause"
      about={`From recorded calls of the ${span.words}`}
      actions={span.control}
    >
      <Answer
        query={savings}
        empty={{
          when: ({ total }) => total.calls === 0 && total.baselineUsd === null,
          say: `No call was recorded in the ${span.words}.`,
        }}
      >
        {({ baseline, total, services }) => (
          <Stack>
            <Alert variant="light" color="blue" icon={<IconScale aria-hidden />} title="Measured against">
              {baseline}
            </Alert>
            <Sum total={total} />
            <ByService services={services} />
            <DataTable
              label="Savings by service"
              columns={COLUMNS}
              rows={rowsOf(services)}
              idOf={({ serviceName }) => serviceName}
              minWidth={760}
            />
          </Stack>
        )}
      </Answer>
    </Section>
  );
}

const CAUSE_NAMES = Object.keys(CAUSES) as SavingCause[];

function Sum({ total }: { total: ServiceSavings }) {
  const { savedUsd, savedRatio, baselineUsd, costUsd, calls, byCause, refusedCalls } = total;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
      <Card withBorder>
        <Figure
          label="Saved in all"
          size="xl"
          value={signedDollars(savedUsd)}
          color={goodOrBad(savedUsd).c}
          why={savedUsd === null ? NOT_MEASURED_WHY : 'By routing, batching and deduplication'}
        />
        <Text size="xs" c="dimmed">
          {signedPercent(savedRatio)} of the baseline
        </Text>
      </Card>
      <Card withBorder>
        <Figure label="Cost" size="xl" value={dollars(costUsd)} />
        <Text size="xs" c="dimmed">
          baseline {dollars(baselineUsd)} · {count(calls)} calls
        </Text>
      </Card>
      {CAUSE_NAMES.map((cause) => (
        <Card withBorder key={cause}>
          <Figure
            label={CAUSES[cause].title}
            size="xl"
            value={signedDollars(byCause[cause])}
            color={goodOrBad(byCause[cause]).c}
            why={byCause[cause] === null ? NOT_MEASURED_WHY : CAUSES[cause].says}
          />
          <Text size="xs" c="dimmed">
            {cause === 'limiting' ? `beside the sum · ${count(refusedCalls)} refused` : CAUSES[cause].says}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}

interface Row extends ServiceSavings {
  serviceName: ServiceName;
}

function rowsOf(services: CostSavings['services']): Row[] {
  return Object.entries(services).map(([name, saved]) => ({ ...saved, serviceName: name as ServiceName }));
}

const IN_THE_SUM = CAUSE_NAMES.filter((cause) => cause !== 'limiting');

function ByService({ services }: { services: CostSavings['services'] }) {
  const rows = rowsOf(services);
  const causes = IN_THE_SUM.filter((cause) => rows.some(({ byCause }) => (byCause[cause] ?? 0) !== 0));
  if (causes.length === 0) return null;
  const label = rows
    .map(({ serviceName, savedUsd }) => `${serviceName} ${signedDollars(savedUsd)}`)
    .join(', ');
  return (
    <Box role="img" aria-label={`Saved by service and cause: ${label}`}>
      <BarChart
        h={240}
        data={rows.map(({ serviceName, byCause }) => ({
          serviceName: serviceTitle(serviceName),
          ...byCause,
        }))}
        dataKey="serviceName"
        type="stacked"
        series={causes.map((cause) => ({
          name: cause,
          label: CAUSES[cause].title,
          color: CAUSES[cause].color,
        }))}
        withLegend={causes.length > 1}
        valueFormatter={signedDollars}
        yAxisLabel="Saved, US dollars"
        yAxisProps={{ width: 88 }}
        barProps={{ isAnimationActive: false, maxBarSize: 48 }}
        barChartProps={{ stackOffset: 'sign' }}
        referenceLines={[{ y: 0, color: 'gray.6' }]}
      />
    </Box>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Service',
    cell: ({ serviceName }) => serviceTitle(serviceName),
    sortBy: ({ serviceName }) => serviceName,
  },
  {
    title: 'Calls',
    cell: ({ calls }) => count(calls),
    figures: true,
    sortBy: ({ calls }) => calls,
  },
  {
    title: 'Baseline',
    cell: ({ baselineUsd }) => <Dollars usd={baselineUsd} why={NOT_MEASURED_WHY} />,
    figures: true,
    sortBy: ({ baselineUsd }) => baselineUsd,
  },
  {
    title: 'Cost',
    cell: ({ costUsd }) => <Dollars usd={costUsd} why={NOT_MEASURED_WHY} />,
    figures: true,
    sortBy: ({ costUsd }) => costUsd,
  },
  ...CAUSE_NAMES.map((cause): Column<Row> => ({
    title: CAUSES[cause].title,
    cell: ({ byCause }) => <Saved usd={byCause[cause]} />,
    figures: true,
    sortBy: ({ byCause }) => byCause[cause],
  })),
  {
    title: 'Saved',
    cell: ({ savedUsd, savedRatio }) => (
      <>
        <Saved usd={savedUsd} strong /> <small>{signedPercent(savedRatio)}</small>
      </>
    ),
    figures: true,
    sortBy: ({ savedUsd }) => savedUsd,
  },
];

function Saved({ usd, strong = false }: { usd: number | null; strong?: boolean }) {
  return (
    <Text
      span
      inherit
      fw={strong ? 600 : 400}
      {...goodOrBad(usd)}
      title={
        usd === null
          ? NOT_MEASURED_WHY
          : usd < 0
            ? 'It cost more than the baseline'
            : 'Less than the baseline'
      }
    >
      {signedDollars(usd)}
    </Text>
  );
}
