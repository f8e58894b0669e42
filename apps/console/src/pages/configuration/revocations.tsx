import { Group, Paper, SegmentedControl, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { revokeTokens, type RevokeTokens, type TokenRevocation } from '@signalbox/contracts';
import { useState } from 'react';
import { fieldErrors } from '../../api/api';
import { useChange } from '../../api/use-change';
import { usePages } from '../../api/use-pages';
import { Answer, Failed } from '../../parts/answer';
import { ConfirmButton } from '../../parts/confirm-button';
import { DataTable, type Column } from '../../parts/data-table';
import { Section } from '../../parts/page';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { useClaims } from '../../session/session';

const PATH = '/admin/token-revocations';

/** Tokens that are not taken any more although they have not expired. */
export function Revocations() {
  const pages = usePages<TokenRevocation>(PATH);
  const mayChange = useMayChange();
  const end = useChange<TokenRevocation>('DELETE', ({ revocationId }) => `${PATH}/${revocationId}`, {
    body: () => null,
    done: 'Taken back: the token is taken again while it is valid',
    refreshes: [PATH, '/admin/audit'],
  });
  const columns: Column<TokenRevocation>[] = [
    {
      title: 'Refused',
      cell: ({ subject, tokenId }) =>
        tokenId === null ? `Every token of ${subject ?? 'nobody'} issued before` : `The token ${tokenId}`,
    },
    { title: 'Why', cell: ({ reason }) => reason },
    { title: 'Since', cell: ({ revokedAt }) => <Time iso={revokedAt} /> },
    { title: 'By', cell: ({ revokedBy }) => revokedBy },
    { title: 'Forgotten', cell: ({ expiresAt }) => <Time iso={expiresAt} /> },
    ...(mayChange
      ? [
          {
            title: 'Actions',
            titleHidden: true,
            cell: (row: TokenRevocation) => (
              <ConfirmButton
                size="compact-xs"
                danger
                label={`Take back the revocation of ${row.tokenId ?? row.subject ?? row.revocationId}`}
                title="Take this revocation back?"
                says="Whoever holds the token may use it again until it expires."
                confirm="Take it back"
                onConfirm={() => end.mutate(row)}
              >
                Take back
              </ConfirmButton>
            ),
          },
        ]
      : []),
  ];
  return (
    <Section
      title="Revoked tokens"
      about="Every app refuses them from then on, and their live connections end."
    >
      {mayChange && <Revoke />}
      <Answer query={pages} empty={{ when: (all) => all.length === 0, say: 'No token is revoked.' }}>
        {(rows) => (
          <DataTable
            label="Revoked tokens"
            columns={columns}
            rows={rows}
            idOf={({ revocationId }) => revocationId}
            pages={pages}
            minWidth={760}
          />
        )}
      </Answer>
    </Section>
  );
}

type Whose = 'subject' | 'tokenId';

function Revoke() {
  const { subject } = useClaims();
  const [whose, setWhose] = useState<Whose>('subject');
  const [name, setName] = useState('');
  const [reason, setReason] = useState('');
  const revoke = useChange<RevokeTokens>('POST', PATH, {
    done: 'Revoked, everywhere',
    refreshes: [PATH, '/admin/audit'],
    quiet: true,
  });
  const wanted: RevokeTokens = { [whose]: name.trim(), reason: reason.trim() };
  const isComplete = name.trim() !== '' && reason.trim() !== '';
  const wrong = isComplete ? revokeTokens.errors(wanted) : [];
  const fields = {
    ...(revoke.error === null ? {} : fieldErrors(revoke.error)),
    ...Object.fromEntries(wrong.map(({ path, message }) => [path, message])),
  };
  const confirm = () =>
    revoke.mutate(wanted, {
      onSuccess: () => {
        setName('');
        setReason('');
      },
    });
  return (
    <Paper withBorder p="md" component="section" aria-label="Revoke tokens">
      <Stack gap="sm">
        {revoke.error !== null && Object.keys(fields).length === 0 && <Failed error={revoke.error} />}
        <SegmentedControl
          aria-label="Which tokens"
          value={whose}
          onChange={(next) => setWhose(next)}
          data={[
            { value: 'subject', label: 'All of a subject' },
            { value: 'tokenId', label: 'One token' },
          ]}
          style={{ alignSelf: 'flex-start' }}
        />
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label={whose === 'subject' ? 'Subject' : 'Token id'}
            description={whose === 'subject' ? 'The claim sub; tokens issued until now.' : 'The claim jti.'}
            error={fields[whose]}
            value={name}
            maxLength={128}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <TextInput
            label="Reason"
            description="For the audit and whoever asks later."
            error={fields['reason']}
            value={reason}
            maxLength={500}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
        </SimpleGrid>
        <Group justify="flex-end">
          <ConfirmButton
            danger
            size="sm"
            color="red"
            variant="filled"
            loading={revoke.isPending}
            disabled={!isComplete || wrong.length > 0}
            title={whose === 'subject' ? `Revoke every token of ${name.trim()}?` : 'Revoke this token?'}
            says={
              whose === 'subject' && name.trim() === subject
                ? 'These are your own: you will be signed out, and need a new token to come back.'
                : 'Every app refuses it at once, and live connections that were made with it end.'
            }
            confirm="Revoke"
            onConfirm={confirm}
          >
            Revoke
          </ConfirmButton>
        </Group>
      </Stack>
    </Paper>
  );
}
