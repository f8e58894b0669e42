import { Anchor, Badge, Button, Card, Text } from '@mantine/core';
import { diffConfig } from '@signalbox/catalog';
import type { AuditEntry } from '@signalbox/contracts';
import { useMemo, useState } from 'react';
import type { Pages } from '../../api/use-pages';
import { DataTable, type Column } from '../../parts/data-table';
import { PauseHeader } from '../../parts/pause-header';
import { Time } from '../../parts/time';
import { AuditDrawer } from './audit-drawer';
import type { AuditFilter } from './use-audit-filter';
import { useHeld } from './use-held';

interface AuditTableProps {
  entries: readonly AuditEntry[];
  pages: Pages<AuditEntry>;
  narrow: (filter: Partial<AuditFilter>) => void;
}

/** A line a change; a word in it narrows the list to that word. Stands still while somebody reads it, or says so. */
export function AuditTable({ entries, pages, narrow }: AuditTableProps) {
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const [stopped, setStopped] = useState(false);
  const [read, setRead] = useState(false);
  const paused = stopped || read || opened !== null;
  const { shown, waiting } = useHeld(entries, keyOf, paused);
  const columns = useMemo(() => columnsOf(narrow, setOpened), [narrow]);
  return (
    <>
      <Card withBorder padding={0} component="section" aria-label="Changes">
        <PauseHeader
          title="Changes"
          stopped={stopped}
          onStop={setStopped}
          waiting={paused ? waiting : null}
        />
        <div
          onPointerEnter={() => setRead(true)}
          onPointerLeave={() => setRead(false)}
          onFocus={() => setRead(true)}
          onBlur={() => setRead(false)}
        >
          <DataTable
            label="Changes"
            columns={columns}
            rows={shown}
            idOf={keyOf}
            pages={pages}
            minWidth={960}
            marked={(entry) => opened !== null && keyOf(entry) === keyOf(opened)}
          />
        </div>
      </Card>
      {opened !== null && <AuditDrawer entry={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

function keyOf({ at, id }: AuditEntry): string {
  return `${at} ${id}`;
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
      style={{
        textDecoration: 'underline dotted',
        ...(name === 'object' ? { overflowWrap: 'anywhere' } : { whiteSpace: 'nowrap' }),
      }}
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
          <Badge size="xs" variant="default">
            {role}
          </Badge>
        </>
      ),
    },
    { title: 'Action', cell: ({ action }) => word('action', action) },
    { title: 'Object', width: 220, cell: ({ object }) => word('object', object) },
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
  if (before === null) return `new: ${fieldsOf(after)}`;
  if (after === null) return `gone: ${fieldsOf(before)}`;
  const changes = diffConfig(before, after);
  if (changes.length === 0) return 'as it was before';
  return changes
    .slice(0, 3)
    .map(({ path, before: from, after: to }) => `${path}: ${said(from)} → ${said(to)}`)
    .concat(changes.length > 3 ? [`and ${changes.length - 3} more`] : [])
    .join('; ');
}

/** The plain fields of an object, the first of them; how many it holds of what has parts itself. */
function fieldsOf(whole: unknown): string {
  if (typeof whole !== 'object' || whole === null) return said(whole);
  const fields = Object.entries(whole).map(([name, value]) => {
    if (Array.isArray(value)) return `${value.length} ${name}`;
    return typeof value === 'object' && value !== null ? name : `${name} ${said(value)}`;
  });
  const more = fields.length > 4 ? [`and ${fields.length - 4} more`] : [];
  return [...fields.slice(0, 4), ...more].join(', ');
}

function said(value: unknown): string {
  return value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}
