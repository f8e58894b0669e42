import { Anchor, Badge, Button, Text } from '@mantine/core';
import { diffConfig } from '@signalbox/catalog';
import type { AuditEntry } from '@signalbox/contracts';
import { useMemo, useState } from 'react';
import type { Pages } from '../../api/use-pages';
import { DataTable, type Column } from '../../parts/data-table';
import { Time } from '../../parts/time';
import { AuditDrawer } from './audit-drawer';
import type { AuditFilter } from './use-audit-filter';

interface AuditTableProps {
  entries: readonly AuditEntry[];
  pages: Pages<AuditEntry>;
  narrow: (filter: Partial<AuditFilter>) => void;
}

/** A line a change; a word in it narrows the list to that word. */
export function AuditTable({ entries, pages, narrow }: AuditTableProps) {
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const columns = useMemo(() => columnsOf(narrow, setOpened), [narrow]);
  return (
    <>
      <DataTable
        label="Changes"
        columns={columns}
        rows={entries}
        idOf={({ at, id }) => `${at} ${id}`}
        pages={pages}
        minWidth={860}
        marked={(entry) => entry === opened}
      />
      {opened !== null && <AuditDrawer entry={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

function columnsOf(
  narrow: (filter: Partial<AuditFilter>) => void,
  open: (entry: AuditEntry) => void,
): Column<AuditEntry>[] {
  const word = (name: keyof AuditFilter, value: string) => (
    <Anchor
      component="button"
      type="button"
      size="sm"
      ta="left"
      c="inherit"
      style={{ overflowWrap: 'anywhere', textDecoration: 'underline dotted' }}
      onClick={() => narrow({ [name]: value })}
      title={`Show only this ${name}`}
    >
      {value}
    </Anchor>
  );
  return [
    { title: 'When', cell: ({ at }) => <Time iso={at} /> },
    {
      title: 'Who',
      cell: ({ actor, role }) => (
        <>
          {word('actor', actor)}{' '}
          <Badge size="xs" variant="default" tt="none">
            {role}
          </Badge>
        </>
      ),
    },
    { title: 'Action', cell: ({ action }) => word('action', action) },
    { title: 'Object', cell: ({ object }) => word('object', object) },
    { title: 'What', cell: (entry) => <Gist entry={entry} /> },
    {
      title: 'Details',
      titleHidden: true,
      cell: (entry) => (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Details of ${entry.action} on ${entry.object}`}
          onClick={() => open(entry)}
        >
          Details
        </Button>
      ),
    },
  ];
}

function Gist({ entry: { before, after } }: { entry: AuditEntry }) {
  return (
    <Text size="xs" c="dimmed" lineClamp={2} maw={360}>
      {before === null && after === null ? 'no values' : gistOf(before, after)}
    </Text>
  );
}

function gistOf(before: unknown, after: unknown): string {
  if (before === null) return `new: ${JSON.stringify(after)}`;
  if (after === null) return `gone: ${JSON.stringify(before)}`;
  const changes = diffConfig(before, after);
  if (changes.length === 0) return 'as it was before';
  return changes
    .slice(0, 3)
    .map(({ path, before: from, after: to }) => `${path}: ${said(from)} → ${said(to)}`)
    .concat(changes.length > 3 ? [`and ${changes.length - 3} more`] : [])
    .join('; ');
}

function said(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}
