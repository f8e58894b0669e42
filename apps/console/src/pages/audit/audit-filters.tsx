import { Autocomplete, Button, Group, SimpleGrid, TextInput } from '@mantine/core';
import type { FieldError } from '@signalbox/contracts';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { FILTERS, type AuditFilter } from './use-audit-filter';

interface AuditFiltersProps {
  filter: AuditFilter;
  change: (next: Partial<AuditFilter>) => void;
  problems: readonly FieldError[];
}

/** What is proposed; anything else may be written. */
const ACTIONS = [
  'alert.acknowledge',
  'batch.discard',
  'batch.replay',
  'config.put',
  'config.rollback',
  'config.seed',
  'coordination.send',
  'credential.revoke',
  'credential.rotate',
  'credential.set',
  'node.drain',
  'node.undrain',
  'override.activated',
  'override.ended',
  'webhook.replay',
  'webhook.replay_many',
];
const OBJECTS = [
  'service:',
  'budget:',
  'rate-limit:',
  'batch-policy:',
  'webhook-source:',
  'alert-thresholds:',
].flatMap((kind) =>
  ['stripe', 'samsara', 'maps', 'twilio', 'sendgrid', 'airtable'].map((name) => kind + name),
);
/** Asked once the writing pauses. */
const PAUSE_MS = 400;

export function AuditFilters({ filter, change, problems }: AuditFiltersProps) {
  const [written, setWritten] = useState(filter);
  const ask = useDebouncedCallback((next: AuditFilter) => change(next), PAUSE_MS);
  // A link inside the page narrows it too.
  useEffect(() => setWritten(filter), [filter]);
  const write = (next: Partial<AuditFilter>) => {
    const all = { ...written, ...next };
    setWritten(all);
    ask(all);
  };
  const error = (name: string) => problems.find(({ path }) => path === name)?.message;
  const isNarrowed = FILTERS.some((name) => written[name] !== '');

  return (
    <Group align="flex-end" gap="sm" role="search" aria-label="Narrow the audit">
      <SimpleGrid cols={{ base: 2, md: 5 }} spacing="sm" style={{ flex: '1 1 300px' }}>
        <TextInput
          label="Who"
          value={written.actor}
          error={error('actor')}
          maxLength={128}
          onChange={({ currentTarget }) => write({ actor: currentTarget.value })}
        />
        <Autocomplete
          label="Action"
          data={ACTIONS}
          value={written.action}
          error={error('action')}
          onChange={(action) => write({ action })}
        />
        <Autocomplete
          label="Object"
          data={OBJECTS}
          limit={20}
          value={written.object}
          error={error('object')}
          onChange={(object) => write({ object })}
        />
        <TextInput
          label="From"
          type="datetime-local"
          value={written.from}
          error={error('from')}
          onChange={({ currentTarget }) => write({ from: currentTarget.value })}
        />
        <TextInput
          label="Until"
          type="datetime-local"
          value={written.to}
          error={error('to')}
          onChange={({ currentTarget }) => write({ to: currentTarget.value })}
        />
      </SimpleGrid>
      <Button
        variant="default"
        disabled={!isNarrowed}
        onClick={() => write({ actor: '', action: '', object: '', from: '', to: '' })}
      >
        Show all
      </Button>
    </Group>
  );
}
