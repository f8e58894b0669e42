import { Badge, Text } from '@mantine/core';
import type { AirtableFeed } from '@signalbox/contracts';
import { DataTable, type Column } from '../../parts/data-table';
import { count } from '../../parts/figures';
import { Section } from '../../parts/page';
import { Time } from '../../parts/time';

/** Airtable only pings: its payloads are fetched by cursor, base by base. */
export function AirtableFeeds({ feeds }: { feeds: readonly AirtableFeed[] }) {
  return (
    <Section
      title="Airtable feeds"
      about="Airtable only says that there is something: what it is is fetched by cursor."
    >
      <DataTable label="Airtable feeds" columns={COLUMNS} rows={feeds} idOf={({ webhookId }) => webhookId} />
    </Section>
  );
}

const COLUMNS: readonly Column<AirtableFeed>[] = [
  { title: 'Base', cell: ({ baseId }) => baseId, sortBy: ({ baseId }) => baseId },
  { title: 'Webhook', cell: ({ webhookId }) => webhookId },
  { title: 'Cursor', cell: ({ cursor }) => count(cursor), figures: true, sortBy: ({ cursor }) => cursor },
  { title: 'State', cell: (feed) => <FeedState feed={feed} /> },
  {
    title: 'Failures',
    cell: ({ failures }) => count(failures),
    figures: true,
    sortBy: ({ failures }) => failures,
  },
  { title: 'Expires', cell: ({ expiresAt }) => <Time iso={expiresAt} why="Not known yet" /> },
];

function FeedState({ feed: { behind, goneAt, lastError } }: { feed: AirtableFeed }) {
  return (
    <>
      {goneAt === null ? (
        <Badge variant="light" color={behind ? 'yellow' : 'green'}>
          {behind ? 'Behind' : 'Up to date'}
        </Badge>
      ) : (
        <Badge variant="light" color="red">
          Gone <Time iso={goneAt} />
        </Badge>
      )}
      {lastError !== null && (
        <Text size="xs" c="dimmed" maw={320}>
          {lastError}
        </Text>
      )}
    </>
  );
}
