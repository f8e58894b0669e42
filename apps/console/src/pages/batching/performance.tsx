import { Card, SimpleGrid, Stack, Text } from '@mantine/core';
import type { BatchingFigures, BatchingPerformance, ServiceName } from '@signalbox/contracts';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Figure } from '../../parts/amounts';
import { Answer } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { count, dollars, percent } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { useTimeSpan } from '../../parts/time-span';
import { RecentBatches } from './recent-batches';
import { Waits } from './waits';

const PERFORMANCE = '/external-services/batching-performance';
const NOTHING_ENDED = 'No request ended in this time';

/** Requests in, requests sent, and what was not sent because others shared their call. */
export function Performance() {
  const span = useTimeSpan(['24h', '7d', '30d']);
  const performance = useApi<BatchingPerformance>(`${PERFORMANCE}?from=${span.from}`, { everyMs: 60_000 });
  useRefreshOn(({ room }) => room === 'batching_performance', [PERFORMANCE], 3_000);
  return (
    <Stack gap="xl">
      <Section
        title="What batching saves"
        about={performance.data === undefined ? undefined : wholeHours(performance.data)}
        actions={span.control}
      >
        <Answer
          query={performance}
          empty={{
            when: ({ total }) => total === null,
            say: `No batch request ended in the ${span.words}. Callers queue them with POST /external-services/batch-request.`,
          }}
        >
          {({ total, services }) => (
            <Stack>
              {total !== null && <Sum total={total} />}
              <DataTable
                label="Batching by service"
                columns={COLUMNS}
                rows={measuredOf(services)}
                idOf={({ serviceName }) => serviceName}
                minWidth={900}
              />
            </Stack>
          )}
        </Answer>
      </Section>
      {performance.data !== undefined && performance.data.total !== null && (
        <Waits services={performance.data.services} />
      )}
      <RecentBatches />
    </Stack>
  );
}

const hour = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

function wholeHours({ from, to }: BatchingPerformance): string {
  return `Whole hours, ${hour.format(new Date(from))} to ${hour.format(new Date(to))}`;
}

function Sum({ total }: { total: BatchingFigures }) {
  const { requestsIn, requestsSent, requestsSaved, reduction, duplicatesRemoved } = total;
  const { billableUnits, billableUnitsSaved, succeeded, failed, dead, retries, bisections, costUsd } = total;
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
      <Told label="Requests in" value={count(requestsIn)}>
        {count(succeeded)} succeeded, {count(failed)} failed, {count(dead)} dead
      </Told>
      <Told label="Requests sent" value={count(requestsSent)}>
        {count(retries)} retries, {count(bisections)} bisections among them
      </Told>
      <Told
        label="Requests saved"
        value={signedCount(requestsSaved)}
        {...(requestsSaved < 0 ? { color: 'red' } : requestsSaved > 0 ? { color: 'green' } : {})}
      >
        {reduction === null
          ? NOTHING_ENDED
          : `${percent(Math.abs(reduction))} ${reduction < 0 ? 'more' : 'fewer'} than one by one`}
      </Told>
      <Told label="Duplicates removed" value={count(duplicatesRemoved)}>
        answered by another one’s answer
      </Told>
      <Told
        label="Billable units saved"
        value={signedCount(billableUnitsSaved)}
        {...(billableUnitsSaved < 0 ? { color: 'red' } : billableUnitsSaved > 0 ? { color: 'green' } : {})}
      >
        {count(billableUnits)} billed
      </Told>
      <Told label="Cost" value={dollars(costUsd)}>
        of what was sent
      </Told>
    </SimpleGrid>
  );
}

interface ToldProps {
  label: string;
  value: string;
  color?: string;
  children: ReactNode;
}

function Told({ label, value, color, children }: ToldProps) {
  return (
    <Card withBorder>
      <Figure
        label={label}
        value={value}
        size="xl"
        color={color === undefined ? undefined : `var(--mantine-color-${color}-text)`}
      />
      <Text size="xs" c="dimmed">
        {children}
      </Text>
    </Card>
  );
}

interface Row {
  serviceName: ServiceName;
  figures: BatchingFigures | null;
}

function measuredOf(services: BatchingPerformance['services']): Row[] {
  return Object.entries(services).map(([name, figures]) => ({ serviceName: name as ServiceName, figures }));
}

function figure(
  title: string,
  of: (figures: BatchingFigures) => number | null,
  say: (value: number | null | undefined) => string = signedCount,
): Column<Row> {
  return {
    title,
    cell: ({ figures }) => (figures === null ? <span title={NOTHING_ENDED}>—</span> : say(of(figures))),
    figures: true,
    sortBy: ({ figures }) => (figures === null ? null : of(figures)),
  };
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Service',
    cell: ({ serviceName }) => serviceTitle(serviceName),
    sortBy: ({ serviceName }) => serviceName,
  },
  figure('In', ({ requestsIn }) => requestsIn),
  figure('Sent', ({ requestsSent }) => requestsSent),
  figure('Saved', ({ requestsSaved }) => requestsSaved),
  figure('Reduction', ({ reduction }) => reduction, signed),
  figure('Duplicates', ({ duplicatesRemoved }) => duplicatesRemoved),
  figure('Units saved', ({ billableUnitsSaved }) => billableUnitsSaved),
  figure('Retries', ({ retries }) => retries),
  figure('Failed', ({ failed }) => failed),
  figure('Dead', ({ dead }) => dead),
  figure('Cost', ({ costUsd }) => costUsd, dollars),
];

function signedCount(value: number | null | undefined): string {
  return count(value).replace('-', '−');
}

function signed(ratio: number | null | undefined): string {
  return ratio !== null && ratio !== undefined && ratio < 0 ? `−${percent(-ratio)}` : percent(ratio);
}
