import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import type { ServiceName, VersionedService } from '@signalbox/contracts';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { useChange } from '../../api/use-change';
import { Answer } from '../../parts/answer';
import { ConfirmButton } from '../../parts/confirm-button';
import { DataTable, type Column } from '../../parts/data-table';
import { Section } from '../../parts/page';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { SetCredential } from './set-credential';

/** One credential of a node: never the secret itself. */
interface CredentialStatus {
  id: string;
  state: 'active' | 'retiring' | 'expired' | 'revoked';
  createdAt: string;
  createdBy: string;
  expiresAt: string | null;
  revokedAt: string | null;
  keyId: string | null;
}

const COLOURS = { active: 'green', retiring: 'yellow', expired: 'gray', revoked: 'red' } as const;

/** What Signalbox itself calls the nodes of a service with: kept sealed, told by their states alone. */
export function Credentials({ serviceName }: { serviceName: ServiceName }) {
  const query = useApi<VersionedService>(`/admin/catalog/services/${serviceName}`);
  return (
    <Answer query={query}>
      {({ service }) => (
        <Stack gap="xl">
          <Text size="sm" c="dimmed">
            What Signalbox itself calls a node with. Credentials are kept encrypted and never shown again.
          </Text>
          {service.nodes.map(({ nodeId, providerName }) => (
            <NodeCredentials key={nodeId} nodeId={nodeId} providerName={providerName} />
          ))}
        </Stack>
      )}
    </Answer>
  );
}

function NodeCredentials({ nodeId, providerName }: { nodeId: string; providerName: string }) {
  const path = `/admin/nodes/${nodeId}/credentials`;
  const query = useApi<{ credentials: CredentialStatus[] }>(path);
  const [setting, setSetting] = useState<'first' | 'rotate' | null>(null);
  const mayChange = useMayChange();
  const revoke = useChange<null>('POST', `${path}/revoke`, {
    body: () => ({}),
    done: `Revoked: ${nodeId} takes no traffic until a new credential is set`,
    refreshes: [path, '/admin/audit', '/external-services/', '/master-coordination/'],
  });
  const usable = (query.data?.credentials ?? []).filter(({ state }) => state === 'active');

  return (
    <Section
      title={nodeId}
      about={providerName}
      actions={
        mayChange && query.data !== undefined ? (
          <>
            {usable.length > 0 && (
              <Button size="xs" variant="default" onClick={() => setSetting('rotate')}>
                Rotate
              </Button>
            )}
            <Button size="xs" variant="default" onClick={() => setSetting('first')}>
              {usable.length > 0 ? 'Replace' : 'Set'}
            </Button>
            {usable.length > 0 && (
              <ConfirmButton
                danger
                label={`Revoke the credentials of ${nodeId}`}
                title={`Revoke the credentials of ${nodeId}?`}
                says="All of them end at once, everywhere: the node takes no traffic until a new one is set. It cannot be undone."
                confirm="Revoke them"
                onConfirm={() => revoke.mutate(null)}
              >
                Revoke
              </ConfirmButton>
            )}
          </>
        ) : null
      }
    >
      <Answer query={query}>
        {({ credentials }) =>
          credentials.length === 0 ? (
            <Text size="sm" c="dimmed">
              No credential is kept for it.
            </Text>
          ) : (
            <DataTable
              label={`Credentials of ${nodeId}`}
              columns={COLUMNS}
              rows={credentials}
              idOf={({ id }) => id}
            />
          )
        }
      </Answer>
      {setting !== null && (
        <SetCredential
          nodeId={nodeId}
          path={path}
          overlapping={setting === 'rotate'}
          onClose={() => setSetting(null)}
        />
      )}
    </Section>
  );
}

const COLUMNS: Column<CredentialStatus>[] = [
  {
    title: 'State',
    cell: ({ state }) => (
      <Badge color={COLOURS[state]} variant="light">
        {state}
      </Badge>
    ),
  },
  { title: 'Set', cell: ({ createdAt }) => <Time iso={createdAt} /> },
  { title: 'By', cell: ({ createdBy }) => createdBy },
  {
    title: 'Ends',
    cell: ({ expiresAt, revokedAt }) => (
      <Group gap={4}>
        <Time iso={revokedAt ?? expiresAt} why="It does not end by itself" />
      </Group>
    ),
  },
  { title: 'Encrypted under', cell: ({ keyId }) => keyId ?? 'nothing: it is destroyed' },
];
