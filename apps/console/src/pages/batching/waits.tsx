import { Text } from '@mantine/core';
import type { BatchingFigures, BatchingPerformance, CallPriority, ServiceName } from '@signalbox/contracts';
import { DataTable, type Column } from '../../parts/data-table';
import { count, ms } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { PRIORITIES, PRIORITY_NAMES } from './words';

interface Row {
  serviceName: ServiceName;
  waitMs: BatchingFigures['waitMs'];
}

/** How long requests waited for others, by service and priority. */
export function Waits({ services }: { services: BatchingPerformance['services'] }) {
  const rows = Object.entries(services).flatMap(([name, figures]): Row[] =>
    figures === null ? [] : [{ serviceName: name as ServiceName, waitMs: figures.waitMs }],
  );
  return (
    <Section
      title="Wait"
      about="From acceptance until the request first left: half waited no longer than the first figure, 99 of 100 no longer than the second."
    >
      <DataTable
        label="Wait by service and priority"
        columns={COLUMNS}
        rows={rows}
        idOf={({ serviceName }) => serviceName}
      />
    </Section>
  );
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Service',
    cell: ({ serviceName }) => serviceTitle(serviceName),
    sortBy: ({ serviceName }) => serviceName,
  },
  ...PRIORITY_NAMES.map((priority): Column<Row> => ({
    title: PRIORITIES[priority].title,
    cell: ({ waitMs }) => <Wait waited={waitMs[priority]} priority={priority} />,
    figures: true,
    sortBy: ({ waitMs }) => waitMs[priority]?.p99,
  })),
];

interface WaitProps {
  waited: BatchingFigures['waitMs'][CallPriority];
  priority: CallPriority;
}

function Wait({ waited, priority }: WaitProps) {
  if (waited === null) {
    return <span title={`No ${PRIORITIES[priority].title.toLowerCase()} request was measured`}>—</span>;
  }
  return (
    <span title={`Mean ${ms(waited.mean)}`}>
      {ms(waited.p50)} / {ms(waited.p99)}
      <Text size="xs" c="dimmed">
        {count(waited.requests)} requests
      </Text>
    </span>
  );
}
