import { Anchor, Badge, Text } from '@mantine/core';
import type { WebhookLatency, WebhookServiceStats } from '@signalbox/contracts';
import { Link } from 'react-router';
import { DataTable, type Column } from '../../parts/data-table';
import { count, ms, NOT_MEASURED, words } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';

interface ServiceTableProps {
  services: readonly WebhookServiceStats[];
  /** `last 24 hours`. */
  words: string;
}

/** Each source: whether it is ready, and what came of what it sent. */
export function ServiceTable({ services, words: span }: ServiceTableProps) {
  return (
    <Section
      title="Sources"
      about={`Counts of the ${span}; what waits, retries or is dead is as of now. Times are those that half and 99 of 100 stay under.`}
    >
      <DataTable
        label="Webhook figures by service"
        columns={COLUMNS}
        rows={services}
        idOf={({ serviceName }) => serviceName}
        minWidth={1080}
      />
    </Section>
  );
}

const COLUMNS: readonly Column<WebhookServiceStats>[] = [
  {
    title: 'Service',
    cell: ({ serviceName, lastReceivedAt }) => (
      <>
        {serviceTitle(serviceName)}
        <Text size="xs" c="dimmed">
          {lastReceivedAt === null ? (
            'nothing yet'
          ) : (
            <>
              last <Time iso={lastReceivedAt} />
            </>
          )}
        </Text>
      </>
    ),
    sortBy: ({ serviceName }) => serviceName,
  },
  { title: 'Source', cell: (stats) => <Readiness stats={stats} />, width: 180 },
  figure('Received', ({ received }) => received),
  figure('Verified', ({ verified }) => verified),
  {
    title: 'Refused',
    cell: ({ refused, refusedByReason, limited }) => (
      <>
        {count(refused)}
        {Object.entries(refusedByReason).map(([reason, of]) => (
          <Text key={reason} size="xs" c="dimmed">
            {words(reason)} {count(of)}
          </Text>
        ))}
        {limited > 0 && (
          <Text size="xs" c="dimmed">
            Over a limit {count(limited)}
          </Text>
        )}
      </>
    ),
    figures: true,
    sortBy: ({ refused }) => refused,
  },
  {
    title: 'Events',
    cell: ({ events, duplicate }) => (
      <>
        {count(events)}
        {duplicate > 0 && (
          <Text size="xs" c="dimmed">
            and {count(duplicate)} known already
          </Text>
        )}
      </>
    ),
    figures: true,
    sortBy: ({ events }) => events,
  },
  {
    title: 'Processed',
    cell: ({ processed, ignored }) => (
      <>
        {count(processed)}
        {ignored > 0 && (
          <Text size="xs" c="dimmed">
            and {count(ignored)} ignored
          </Text>
        )}
      </>
    ),
    figures: true,
    sortBy: ({ processed }) => processed,
  },
  linked('Retrying', 'retrying', ({ retrying }) => retrying),
  linked('Dead', 'dead', ({ dead }) => dead),
  latency(
    'Receipt',
    'From the request’s headers to the durable answer',
    ({ receiptLatencyMs }) => receiptLatencyMs,
  ),
  latency(
    'Processing',
    'From receipt to the end of processing',
    ({ processingLatencyMs }) => processingLatencyMs,
  ),
];

function figure(title: string, of: (stats: WebhookServiceStats) => number): Column<WebhookServiceStats> {
  return { title, cell: (stats) => count(of(stats)), figures: true, sortBy: of };
}

/** A count that leads to the events it counts. */
function linked(
  title: string,
  state: string,
  of: (stats: WebhookServiceStats) => number,
): Column<WebhookServiceStats> {
  return {
    title,
    cell: (stats) =>
      of(stats) === 0 ? (
        0
      ) : (
        <Anchor
          component={Link}
          to={`/webhooks/events?serviceName=${stats.serviceName}&state=${state}`}
          inherit
        >
          {count(of(stats))}
        </Anchor>
      ),
    figures: true,
    sortBy: of,
  };
}

function latency(
  title: string,
  says: string,
  of: (stats: WebhookServiceStats) => WebhookLatency,
): Column<WebhookServiceStats> {
  return {
    title,
    cell: (stats) => {
      const { p50, p95, p99 } = of(stats);
      if (p50 === null) return <span title="Nothing was measured in this time">{NOT_MEASURED}</span>;
      return (
        <span title={`${says}; p95 ${ms(p95)}`}>
          {ms(p50)} / {ms(p99)}
        </span>
      );
    },
    figures: true,
    sortBy: (stats) => of(stats).p99,
  };
}

function Readiness({ stats: { enabled, problems } }: { stats: WebhookServiceStats }) {
  if (!enabled) return <Badge color="gray">Disabled</Badge>;
  if (problems.length === 0) {
    return (
      <Badge color="green" variant="light">
        Ready
      </Badge>
    );
  }
  return (
    <>
      <Badge color="yellow" variant="light" miw="max-content">
        Not ready
      </Badge>
      {problems.map((problem) => (
        <Text key={problem} size="xs" c="dimmed" maw={200} lineClamp={2} title={problem}>
          {problem}
        </Text>
      ))}
    </>
  );
}
