import { Alert, Button, Group, Modal, NumberInput, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReplayMany as ReplayManyBody, ReplayedMany } from '@signalbox/contracts';
import { useState } from 'react';
import { useChange } from '../../api/use-change';
import { Failed } from '../../parts/answer';
import { DataTable } from '../../parts/data-table';
import { count, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { useMay } from '../../session/may';
import { SAMPLE_COLUMNS } from './sample-columns';
import type { EventFilter } from './use-event-filter';

const EVENTS = '/external-services/webhook-events';
const MOST = 100_000;

/** Replays what the filter finds: first which those are, then the replay. */
export function ReplayMany({ filter }: { filter: EventFilter }) {
  const may = useMay('admin', 'manager');
  const [opened, { open, close }] = useDisclosure();
  if (!may) return null;
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        Replay many
      </Button>
      <Modal opened={opened} onClose={close} title="Replay many events" size="xl">
        <Replay filter={filter} close={close} />
      </Modal>
    </>
  );
}

function Replay({ filter, close }: { filter: EventFilter; close: () => void }) {
  const [limit, setLimit] = useState(1_000);
  const [reason, setReason] = useState('');
  const body = (dryRun: boolean): ReplayManyBody => ({
    query: filter,
    dryRun,
    limit,
    ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
  });
  const look = useChange<boolean, ReplayedMany>('POST', `${EVENTS}/replay`, { quiet: true, body });
  const make = useChange<boolean, ReplayedMany>('POST', `${EVENTS}/replay`, {
    quiet: true,
    body,
    refreshes: [EVENTS, '/stream-b-coordination/webhooks'],
    done: ({ replayed }) => `${count(replayed)} events are processed again`,
  });
  const asked = Object.entries(filter);
  if (asked.length === 0) {
    return (
      <Stack>
        <Text>
          Narrow the list first, by service, state, type or time: every event that it then shows and that is
          done with can be replayed at once.
        </Text>
        <Group justify="flex-end">
          <Button onClick={close}>Close</Button>
        </Group>
      </Stack>
    );
  }
  const error = make.error ?? look.error;
  return (
    <Stack>
      <Text size="sm">
        Events that are done with, and of which {asked.map(([name, value]) => said(name, value)).join(', ')};
        the oldest first.
      </Text>
      <Group align="flex-start" grow>
        <NumberInput
          label="At most"
          min={1}
          max={MOST}
          allowDecimal={false}
          clampBehavior="strict"
          thousandSeparator=","
          disabled={make.data !== undefined}
          value={limit}
          onChange={(value) => {
            setLimit(Number(value));
            look.reset();
          }}
        />
        <Textarea
          label="Reason"
          description="Kept in the audit"
          autosize
          minRows={1}
          maxLength={500}
          disabled={make.data !== undefined}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Group>
      {error !== null && <Failed error={error} />}
      <div aria-live="polite">
        {make.data !== undefined ? (
          <Done answer={make.data} />
        ) : make.isPending ? (
          <Text size="sm">Replaying {count(look.data?.matched)} events…</Text>
        ) : look.data !== undefined ? (
          <Found answer={look.data} />
        ) : null}
      </div>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={close}>
          {make.data === undefined ? 'Leave them' : 'Close'}
        </Button>
        {make.data === undefined && (
          <>
            <Button
              variant={look.data === undefined ? 'filled' : 'default'}
              disabled={limit < 1 || make.isPending}
              loading={look.isPending}
              onClick={() => look.mutate(true)}
            >
              {look.data === undefined ? 'Look which' : 'Look again'}
            </Button>
            {look.data !== undefined && look.data.matched > 0 && (
              <Button loading={make.isPending} onClick={() => make.mutate(false)}>
                Replay {count(look.data.matched)}
              </Button>
            )}
          </>
        )}
      </Group>
    </Stack>
  );
}

function Found({ answer: { matched, more, sample } }: { answer: ReplayedMany }) {
  if (matched === 0) return <Text>None is like this and done with.</Text>;
  return (
    <Stack gap="xs">
      <Text fw={600}>
        {count(matched)} {matched === 1 ? 'event' : 'events'} would be processed again
        {more && ', and there are more than the most that was asked for'}.
      </Text>
      {sample.length > 0 && (
        <DataTable
          label="The first of them"
          columns={SAMPLE_COLUMNS}
          rows={sample}
          idOf={({ webhookEventId }) => webhookEventId}
          minWidth={520}
        />
      )}
    </Stack>
  );
}

function Done({ answer: { matched, replayed, more } }: { answer: ReplayedMany }) {
  return (
    <Alert
      color={replayed < matched ? 'yellow' : 'green'}
      variant="light"
      title={`${count(replayed)} replayed`}
    >
      {replayed < matched && `${count(matched - replayed)} others were on their way again by then. `}
      {more && 'There are more: do it again for the next. '}
      The list and the live stream show what becomes of them.
    </Alert>
  );
}

const NAMES: Record<string, string> = {
  serviceName: 'service',
  type: 'type',
  state: 'state',
  from: 'received from',
  to: 'received to',
};

function said(name: string, value: string): string {
  const title = NAMES[name] ?? name;
  if (name === 'from' || name === 'to') return `${title} ${new Date(value).toLocaleString('en-GB')}`;
  if (name === 'serviceName')
    return `${title} is ${serviceTitle(value as Parameters<typeof serviceTitle>[0])}`;
  return `${title} is ${name === 'state' ? words(value).toLowerCase() : value}`;
}
