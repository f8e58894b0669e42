import { Anchor, Badge, Text } from '@mantine/core';
import type { WebhookEventSummary } from '@signalbox/contracts';
import { Link } from 'react-router';
import { usePages } from '../../api/use-pages';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { count } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Steady } from '../../parts/steady';
import { Time } from '../../parts/time';
import { EventFilters } from './event-filters';
import { EventState } from './event-state';
import { ReplayMany } from './replay-many';
import { useEventFilter } from './use-event-filter';

const EVENTS = '/external-services/webhook-events';

/** Every event that was received, newest first. */
export function Events() {
  const used = useEventFilter();
  const events = usePages<WebhookEventSummary>(`${EVENTS}${used.query}`);
  useRefreshOn(({ room }) => room === 'webhook_events', [EVENTS], 4_000);
  return (
    <Section
      title="Events"
      about="Newest first; each opens with its attempts."
      actions={<ReplayMany filter={used.filter} />}
    >
      <EventFilters used={used} />
      <Answer
        query={events}
        empty={{
          when: (items) => items.length === 0,
          say:
            used.query === ''
              ? 'No webhook was received yet. A source needs a secret before it accepts anything.'
              : 'No event is like this.',
        }}
      >
        {(items) => (
          <Steady rows={items} idOf={idOf}>
            {(rows) => (
              <DataTable
                label="Webhook events"
                columns={COLUMNS}
                rows={rows}
                idOf={idOf}
                pages={events}
                minWidth={860}
              />
            )}
          </Steady>
        )}
      </Answer>
    </Section>
  );
}

function idOf({ webhookEventId }: WebhookEventSummary): string {
  return webhookEventId;
}

const COLUMNS: readonly Column<WebhookEventSummary>[] = [
  { title: 'Received', cell: ({ receivedAt }) => <Time iso={receivedAt} /> },
  { title: 'State', cell: ({ state }) => <EventState state={state} /> },
  { title: 'Service', cell: ({ serviceName }) => serviceTitle(serviceName) },
  {
    title: 'Type',
    cell: ({ type, critical, webhookEventId }) => (
      <>
        <Anchor
          component={Link}
          to={`/webhooks/${encodeURIComponent(webhookEventId)}`}
          size="sm"
          fw={600}
          aria-label={`${type}, ${webhookEventId}`}
        >
          {type}
        </Anchor>
        {critical && (
          <Badge ml={6} size="sm" color="red" variant="outline" title="Goes before others">
            critical
          </Badge>
        )}
      </>
    ),
  },
  {
    title: 'About',
    cell: ({ entity }) => entity ?? <span title="The provider does not say whom it is about">—</span>,
  },
  { title: 'Attempts', cell: ({ attemptCount }) => count(attemptCount), figures: true },
  {
    title: 'Why',
    cell: ({ reason, dueAt, state }) => (
      <>
        {reason !== null && (
          <Text size="xs" c="dimmed" lineClamp={2} maw={340} title={reason}>
            {reason}
          </Text>
        )}
        {state === 'retrying' && dueAt !== null && (
          <Text size="xs">
            tried again <Time iso={dueAt} />
          </Text>
        )}
      </>
    ),
  },
];
