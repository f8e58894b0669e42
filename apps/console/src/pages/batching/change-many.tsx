import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { BatchDeadLetterChange, BatchDeadLetterChanged } from '@signalbox/contracts';
import { useEffect, useState } from 'react';
import { useChange } from '../../api/use-change';
import { Failed, Waiting } from '../../parts/answer';
import { count, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { useMayChange } from '../../session/may';
import { REASONS } from './words';

const DEAD_LETTERS = '/admin/batch-dead-letters';
type Verb = 'replay' | 'discard';
const WORDS = {
  replay: { title: 'Replay', done: 'replayed' },
  discard: { title: 'Discard', done: 'discarded' },
} as const;

type Filter = Pick<BatchDeadLetterChange, 'serviceName' | 'reason' | 'operation'>;

/** Replays or discards all that the filter shows: first which those are, then the change. */
export function ChangeMany({ filter }: { filter: Filter }) {
  const may = useMayChange();
  const [verb, setVerb] = useState<Verb>('replay');
  const [opened, { open, close }] = useDisclosure();
  if (!may) return null;
  const begin = (chosen: Verb) => {
    setVerb(chosen);
    open();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => begin('replay')}>
        Replay all of these
      </Button>
      <Button size="xs" variant="default" onClick={() => begin('discard')}>
        Discard all of these
      </Button>
      <Modal opened={opened} onClose={close} title={`${WORDS[verb].title} dead letters`}>
        <Change key={verb} verb={verb} filter={filter} close={close} />
      </Modal>
    </>
  );
}

interface ChangeProps {
  verb: Verb;
  filter: Filter;
  close: () => void;
}

function Change({ verb, filter, close }: ChangeProps) {
  const options = {
    quiet: true,
    body: (dryRun: boolean): BatchDeadLetterChange => ({ ...filter, dryRun }),
  };
  const look = useChange<boolean, BatchDeadLetterChanged>('POST', `${DEAD_LETTERS}/${verb}`, options);
  const make = useChange<boolean, BatchDeadLetterChanged>('POST', `${DEAD_LETTERS}/${verb}`, {
    ...options,
    refreshes: [DEAD_LETTERS, '/external-services/batch-queue'],
  });
  const { mutate } = look;
  useEffect(() => mutate(true), [mutate]);
  const error = make.error ?? look.error;
  const changed = make.data;
  if (error !== null) return <Failed error={error} again={() => look.mutate(true)} />;
  if (look.data === undefined) return <Waiting />;
  const { matching, requestIds } = look.data;
  const matched = matching.reduce((total, each) => total + each.count, 0);
  if (changed !== undefined) {
    return (
      <Stack>
        <Alert
          color="green"
          variant="light"
          title={`${count(changed.requestIds.length)} ${WORDS[verb].done}`}
        >
          {changed.requestIds.length < matched
            ? 'The oldest ones; do it again for the next.'
            : verb === 'replay'
              ? 'They wait for a batch again.'
              : 'They ended without a result.'}
        </Alert>
        <Button onClick={close}>Close</Button>
      </Stack>
    );
  }
  return (
    <Stack>
      {matched === 0 ? (
        <Text>There is none.</Text>
      ) : (
        <>
          <Text size="sm">
            {count(matched)} {matched === 1 ? 'dead letter matches' : 'dead letters match'}
            {requestIds.length < matched && `; this does the oldest ${count(requestIds.length)}`}:
          </Text>
          <List size="sm">
            {matching.map(({ serviceName, reason, count: of }) => (
              <List.Item key={`${serviceName} ${reason}`}>
                {count(of)} of {serviceTitle(serviceName)}, {titleOf(reason)}
              </List.Item>
            ))}
          </List>
          {verb === 'replay' && matching.some(({ reason }) => reason === 'outcome_unknown') && (
            <Alert color="yellow" variant="light">
              Of those with an unknown outcome nobody knows whether they were carried out: replayed, they may
              be done twice.
            </Alert>
          )}
        </>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={close} data-autofocus>
          Leave them
        </Button>
        <Button
          color={verb === 'discard' ? 'red' : 'teal'}
          disabled={matched === 0}
          loading={make.isPending}
          onClick={() => make.mutate(false)}
        >
          {WORDS[verb].title} {count(requestIds.length)}
        </Button>
      </Group>
    </Stack>
  );
}

function titleOf(reason: string): string {
  const known = (REASONS as Record<string, { title: string }>)[reason];
  return (known?.title ?? words(reason)).toLowerCase();
}
