import { Button, Group, Select, Text } from '@mantine/core';
import { BATCH_OPERATIONS, SERVICE_NAMES, type BatchDeadLetterView } from '@signalbox/contracts';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { usePages } from '../../api/use-pages';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { count, words } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Steady } from '../../parts/steady';
import { Time } from '../../parts/time';
import { useClaims } from '../../session/session';
import { ChangeMany } from './change-many';
import { DeadLetterDrawer } from './dead-letter-drawer';
import { REASONS } from './words';

const DEAD_LETTERS = '/admin/batch-dead-letters';
const FILTERS = ['serviceName', 'reason', 'operation'] as const;

/** Requests that ended without a result: somebody looks why, and tries again or lets go. */
export function DeadLetters() {
  const { services } = useClaims();
  const [search, setSearch] = useSearchParams();
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = search.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const query = new URLSearchParams(filter).toString();
  const letters = usePages<BatchDeadLetterView>(query === '' ? DEAD_LETTERS : `${DEAD_LETTERS}?${query}`);
  useRefreshOn(({ room }) => room === 'batching_performance', [DEAD_LETTERS], 5_000);
  const set = (name: string, value: string | null) =>
    setSearch(
      (known) => {
        const next = new URLSearchParams(known);
        if (value === null) next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const columns = useMemo(() => columnsOf((requestId) => set('letter', requestId)), [search]);
  const filtered = Object.keys(filter).length > 0;
  return (
    <Section
      title="Dead letters"
      about="Requests that ended without a result, newest first. They stay until somebody replays or discards them."
      actions={<ChangeMany filter={filter} />}
    >
      <Group gap="xs">
        <Select
          size="xs"
          clearable
          aria-label="Service"
          placeholder="Any service"
          data={(services ?? SERVICE_NAMES).map((value) => ({ value, label: serviceTitle(value) }))}
          value={search.get('serviceName')}
          onChange={(value) => set('serviceName', value)}
        />
        <Select
          size="xs"
          clearable
          aria-label="Reason"
          placeholder="Any reason"
          data={Object.entries(REASONS).map(([value, { title }]) => ({ value, label: title }))}
          value={search.get('reason')}
          onChange={(value) => set('reason', value)}
        />
        <Select
          size="xs"
          clearable
          aria-label="Operation"
          placeholder="Any operation"
          data={BATCH_OPERATIONS.map((value) => ({ value, label: words(value) }))}
          value={search.get('operation')}
          onChange={(value) => set('operation', value)}
        />
      </Group>
      <Answer
        query={letters}
        empty={{
          when: (items) => items.length === 0,
          say: filtered
            ? 'No dead letter is like this.'
            : 'No dead letters: every request ended with a result, or is on its way to one.',
        }}
      >
        {(items) => (
          <Steady rows={items} idOf={idOf}>
            {(rows) => (
              <DataTable
                label="Dead letters"
                columns={columns}
                rows={rows}
                idOf={idOf}
                pages={letters}
                minWidth={820}
                marked={({ requestId }) => requestId === search.get('letter')}
              />
            )}
          </Steady>
        )}
      </Answer>
      <DeadLetterDrawer requestId={search.get('letter')} close={() => set('letter', null)} />
    </Section>
  );
}

function idOf({ requestId }: BatchDeadLetterView): string {
  return requestId;
}

function columnsOf(look: (requestId: string) => void): readonly Column<BatchDeadLetterView>[] {
  return [
    { title: 'Ended', cell: ({ endedAt }) => <Time iso={endedAt} /> },
    { title: 'Service', cell: ({ serviceName }) => serviceTitle(serviceName) },
    { title: 'Operation', cell: ({ operation }) => words(operation) },
    { title: 'Priority', cell: ({ priority }) => words(priority) },
    {
      title: 'Why',
      cell: ({ error }) =>
        error === null ? (
          '—'
        ) : (
          <>
            <Text size="sm" title={REASONS[error.reason]?.says}>
              {REASONS[error.reason]?.title ?? words(error.reason)}
            </Text>
            <Text size="xs" c="dimmed" lineClamp={1} title={error.message} maw={320}>
              {error.message}
            </Text>
          </>
        ),
    },
    { title: 'Attempts', cell: ({ attempts }) => count(attempts), figures: true },
    { title: 'Replays', cell: ({ replays }) => count(replays), figures: true },
    {
      title: 'Look',
      titleHidden: true,
      figures: true,
      cell: ({ requestId }) => (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => look(requestId)}
          aria-label={`Look at ${requestId}`}
        >
          Look
        </Button>
      ),
    },
  ];
}
