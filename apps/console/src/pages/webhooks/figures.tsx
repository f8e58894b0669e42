import { Alert, Stack } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { WebhookStats } from '@signalbox/contracts';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Answer, Nothing } from '../../parts/answer';
import { LineChart } from '../../parts/charts';
import { count } from '../../parts/figures';
import { Section } from '../../parts/page';
import { useTimeSpan } from '../../parts/time-span';
import { AirtableFeeds } from './airtable-feeds';
import { Handlers } from './handlers';
import { LiveEvents } from './live-events';
import { ServiceTable } from './service-table';
import { Trends } from './trends';

const STATS = '/stream-b-coordination/webhooks/stats';

/** What was received, refused and processed, beside the time before it. */
export function Figures() {
  const span = useTimeSpan();
  const stats = useApi<WebhookStats>(`${STATS}?timeframe=${span.timeframe}`, { everyMs: 60_000 });
  useRefreshOn(({ room }) => room === 'webhook_events', [STATS], 3_000);
  return (
    <Stack gap="xl">
      <Section title="Deliveries" about={`The ${span.words}, beside as long before`} actions={span.control}>
        <Answer query={stats}>
          {(known) => (
            <Stack>
              <Trends stats={known} />
              {known.outbox > 0 && (
                <Alert color="yellow" variant="light" icon={<IconAlertTriangle aria-hidden />}>
                  {count(known.outbox)} facts wait to be told to NATS. They are durable, and are told when it
                  takes them.
                </Alert>
              )}
              <Series stats={known} span={span.timeframe} />
            </Stack>
          )}
        </Answer>
      </Section>
      {stats.data !== undefined && <ServiceTable services={stats.data.services} words={span.words} />}
      <LiveEvents />
      {stats.data !== undefined && (
        <>
          <Handlers handlers={stats.data.handlers} />
          {stats.data.airtableFeeds.length > 0 && <AirtableFeeds feeds={stats.data.airtableFeeds} />}
        </>
      )}
    </Stack>
  );
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

function Series({ stats, span }: { stats: WebhookStats; span: string }) {
  const { series } = stats;
  if (series.every(({ received, processed, failed }) => received + processed + failed === 0)) {
    return <Nothing>No delivery came in this time.</Nothing>;
  }
  const long = span === '7d' || span === '30d';
  return (
    <LineChart
      label="Deliveries over time: received, refused, duplicates, processed and failed attempts"
      data={series.map((point) => ({ ...point }))}
      lines={[
        { name: 'received', title: 'Received', color: 'blue.6' },
        { name: 'processed', title: 'Processed', color: 'teal.6' },
        { name: 'refused', title: 'Refused', color: 'red.6' },
        { name: 'duplicate', title: 'Duplicates', color: 'gray.6', dashed: true },
        { name: 'failed', title: 'Failed attempts', color: 'orange.6', dashed: true },
      ]}
      measure="Deliveries"
      format={(value) => count(Math.round(value))}
      {...(long ? { formatAt: (iso: string) => day.format(new Date(iso)) } : {})}
      height={220}
    />
  );
}
