import { Alert, Button, Group, Paper, Stack } from '@mantine/core';
import type { AddWebhookSecret, ServiceName, WebhookSecretStatus } from '@signalbox/contracts';
import { IconAlertTriangle, IconKey } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { fieldErrors } from '../../api/api';
import { useChange } from '../../api/use-change';
import { ConfirmButton } from '../../parts/confirm-button';
import { DataTable, type Column } from '../../parts/data-table';
import { Nothing } from '../../parts/answer';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { SecretInput } from './secret-input';

/** What the source's answer has beside its configuration. */
export interface SourceState {
  problems: readonly string[];
  secrets: readonly WebhookSecretStatus[];
}

interface WebhookSecretsProps {
  serviceName: ServiceName;
  source: SourceState;
}

const LOOKS_LIKE: Record<ServiceName, string> = {
  stripe: 'The endpoint’s signing secret: whsec_…',
  twilio: 'The account’s auth token: 32 characters.',
  sendgrid: 'The public key of the signed event webhook, base64.',
  samsara: 'The webhook’s secret key, base64.',
  airtable: 'The macSecretBase64 that creating the webhook gave.',
  maps: 'whsec_ and base64, or whpk_ and an ed25519 public key.',
};

/** Several are active at once, so that one can be exchanged without a gap: add the new one, then remove the old one. */
export function WebhookSecrets({ serviceName, source: { problems, secrets } }: WebhookSecretsProps) {
  const path = `/admin/webhook-sources/${serviceName}`;
  const mayChange = useMayChange();
  const remove = useChange<WebhookSecretStatus>('DELETE', ({ id }) => `${path}/secrets/${id}`, {
    body: () => null,
    done: 'Removed: what is signed with it is refused from now on',
    refreshes: [path, '/admin/audit'],
  });
  const columns: Column<WebhookSecretStatus>[] = [
    { title: 'Secret', cell: ({ id }) => <code>{id.slice(0, 8)}</code> },
    { title: 'Added', cell: ({ createdAt }) => <Time iso={createdAt} /> },
    { title: 'By', cell: ({ createdBy }) => createdBy },
    {
      title: 'Last verified a webhook',
      cell: ({ lastUsedAt }) => <Time iso={lastUsedAt} why="It has verified none yet" />,
    },
    ...(mayChange
      ? [
          {
            title: 'Actions',
            titleHidden: true,
            cell: (secret: WebhookSecretStatus) => (
              <ConfirmButton
                size="compact-xs"
                danger
                label={`Remove secret ${secret.id.slice(0, 8)}`}
                title={`Remove this secret of ${serviceTitle(serviceName)}?`}
                says={
                  secrets.length === 1
                    ? 'It is the only one: every webhook of the source will be refused until there is another.'
                    : 'What is signed with it will be refused from now on. It cannot be brought back.'
                }
                confirm="Remove the secret"
                onConfirm={() => remove.mutate(secret)}
              >
                Remove
              </ConfirmButton>
            ),
          },
        ]
      : []),
  ];

  return (
    <Section title="Secrets" about="What webhooks are verified with. They go in and are never shown again.">
      {problems.length > 0 && (
        <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />} title="The source is not ready">
          {serviceTitle(serviceName)} {problems.join('; ')}
        </Alert>
      )}
      <Paper withBorder p="md">
        <Stack>
          {secrets.length === 0 ? (
            <Nothing>There is no secret.</Nothing>
          ) : (
            <DataTable
              label={`Secrets of ${serviceName}`}
              columns={columns}
              rows={secrets}
              idOf={({ id }) => id}
            />
          )}
          {mayChange && <AddSecret serviceName={serviceName} path={path} />}
        </Stack>
      </Paper>
    </Section>
  );
}

function AddSecret({ serviceName, path }: { serviceName: ServiceName; path: string }) {
  const [secret, setSecret] = useState('');
  const add = useChange<AddWebhookSecret>('POST', `${path}/secrets`, {
    done: `Added: ${serviceTitle(serviceName)} verifies with it too from now on`,
    refreshes: [path, '/admin/audit'],
    quiet: true,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(
      { secret },
      {
        onSuccess: () => {
          setSecret('');
          add.reset();
        },
      },
    );
  };
  const error = add.error === null ? undefined : (fieldErrors(add.error)['secret'] ?? add.error.message);
  return (
    <form onSubmit={submit}>
      <Group align="flex-start" gap="xs">
        <div style={{ flex: '1 1 260px', maxWidth: 520 }}>
          <SecretInput
            label="A new secret"
            help={LOOKS_LIKE[serviceName]}
            error={error}
            value={secret}
            onChange={setSecret}
          />
        </div>
        <Button
          type="submit"
          mt={46}
          loading={add.isPending}
          disabled={secret === ''}
          leftSection={<IconKey size={16} aria-hidden />}
        >
          Add the secret
        </Button>
      </Group>
    </form>
  );
}
