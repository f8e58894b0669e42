import { Anchor, Badge, Card, Code, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import type { WebhookAttempt, WebhookEventDetail } from '@signalbox/contracts';
import { Link, useParams } from 'react-router';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Figure } from '../../parts/amounts';
import { Answer, Nothing } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { ms, time } from '../../parts/figures';
import { Page, Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { EventState } from './event-state';
import { ReplayOne } from './replay-one';
import { OUTCOMES } from './words';

const EVENTS = '/external-services/webhook-events';
/** Until it is done with, its next attempt may be told by nobody that this page listens to. */
const EVERY_MS = 10_000;

/** One event: what it says, and what was tried. */
export function EventPage() {
  const { id = '' } = useParams();
  const path = `${EVENTS}/${encodeURIComponent(id)}`;
  const event = useApi<WebhookEventDetail>(path, { everyMs: EVERY_MS });
  useRefreshOn(({ room, webhookEventId }) => room === 'webhook_events' && webhookEventId === id, [path], 300);
  const { data } = event;
  return (
    <Page
      title={data === undefined ? 'Webhook' : data.type}
      about={
        <Group gap="xs">
          <Anchor component={Link} to="/webhooks/events" size="sm">
            <Group gap={4} component="span">
              <IconArrowLeft size={14} aria-hidden />
              All events
            </Group>
          </Anchor>
          <Code>{id}</Code>
        </Group>
      }
      actions={data === undefined ? undefined : <ReplayOne event={data} />}
    >
      {event.error?.status === 404 && data === undefined ? (
        <Nothing>There is no such event. Events are kept for 30 days.</Nothing>
      ) : (
        <Answer query={event}>{(known) => <Event event={known} />}</Answer>
      )}
    </Page>
  );
}

function Event({ event }: { event: WebhookEventDetail }) {
  const { serviceName, state, critical, entity, sequence, externalId, receivedAt, occurredAt, finishedAt } =
    event;
  const { dueAt, attempts, reason, address, secretId, payload } = event;
  return (
    <Stack gap="xl">
      <Card withBorder component="section" aria-label="Facts">
        <Stack gap="md">
          <Group gap="xs">
            <EventState state={state} />
            <Badge variant="default">{serviceTitle(serviceName)}</Badge>
            {critical && (
              <Badge color="red" variant="outline" title="Goes before others">
                critical
              </Badge>
            )}
            {reason !== null && (
              <Text size="sm" c={state === 'dead' ? 'var(--mantine-color-red-text)' : 'dimmed'}>
                {reason}
              </Text>
            )}
          </Group>
          <SimpleGrid cols={{ base: 2, sm: 3, lg: 4 }}>
            <Figure label="Received" value={<Time iso={receivedAt} />} />
            <Figure
              label="Happened"
              value={<Time iso={occurredAt} why="The provider does not say" />}
              why="The provider’s time"
            />
            <Figure
              label="Finished"
              value={<Time iso={finishedAt} why="Not processed, ignored or dead yet" />}
            />
            <Figure
              label="Tried next"
              value={<Time iso={dueAt} why="It is finished: it is not tried again by itself" />}
            />
            <Figure label="About" value={entity ?? '—'} why="The customer, vehicle or message" />
            <Figure
              label="From"
              value={address ?? '—'}
              why={address === null ? 'It was fetched' : 'Who sent it'}
            />
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            The provider’s id <Code>{externalId}</Code>
            {sequence !== null && (
              <span title="Rises within what it is about, where the provider numbers or times its events">
                {' '}
                · sequence <Code>{sequence}</Code>
              </span>
            )}
            {secretId !== null && (
              <>
                {' '}
                · verified by secret <Code>{secretId}</Code>
              </>
            )}
          </Text>
        </Stack>
      </Card>
      <Section title="Attempts" about="A run begins with its receipt, and another one with each replay.">
        {attempts.length === 0 ? (
          <Nothing>It was not tried yet.</Nothing>
        ) : (
          <DataTable
            label="Attempts"
            columns={ATTEMPTS}
            rows={attempts}
            idOf={({ run, attempt }) => `${run} ${attempt}`}
            minWidth={720}
          />
        )}
      </Section>
      <Section title="Payload" about="As the provider sent it.">
        <Code
          block
          mah={480}
          bd="1px solid var(--mantine-color-default-border)"
          style={{ overflow: 'auto' }}
          tabIndex={0}
          aria-label="Payload"
        >
          {JSON.stringify(payload, null, 2)}
        </Code>
      </Section>
    </Stack>
  );
}

const ATTEMPTS: readonly Column<WebhookAttempt>[] = [
  { title: 'Run', cell: ({ run }) => run, figures: true, width: 60 },
  { title: 'Attempt', cell: ({ attempt }) => attempt, figures: true, width: 80 },
  {
    title: 'Begun',
    cell: ({ startedAt }) => (
      <>
        {time(startedAt)}{' '}
        <Text span size="xs" c="dimmed">
          <Time iso={startedAt} />
        </Text>
      </>
    ),
  },
  { title: 'Took', cell: ({ durationMs }) => ms(durationMs), figures: true },
  { title: 'Handler', cell: ({ handler }) => handler ?? <span title="No handler knows its type">none</span> },
  {
    title: 'Outcome',
    cell: ({ outcome }) => (
      <Badge variant="light" color={OUTCOMES[outcome]} miw="max-content">
        {outcome}
      </Badge>
    ),
  },
  {
    title: 'Why',
    cell: ({ reason }) => (
      <Text size="xs" c="dimmed" maw={360}>
        {reason}
      </Text>
    ),
  },
  { title: 'Replica', cell: ({ replicaId }) => <Code>{replicaId}</Code> },
];
