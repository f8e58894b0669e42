import { Badge, Button, Group, Text } from '@mantine/core';
import type { ConfigVersion } from '@signalbox/contracts';
import { useMemo, useState } from 'react';
import { usePages } from '../../api/use-pages';
import { Answer } from '../../parts/answer';
import { DataTable, type Column } from '../../parts/data-table';
import { Section } from '../../parts/page';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { CompareVersions } from './compare-versions';
import type { Live } from './kinds';
import { RollBack } from './roll-back';

interface VersionsProps {
  object: string;
  live: Live;
  /** Of the object itself. */
  path: string;
}

/** Every version there was: who, when, why; what changed; and the way back. */
export function Versions({ object, live, path }: VersionsProps) {
  const pages = usePages<ConfigVersion>(`/admin/versions?object=${encodeURIComponent(object)}&limit=20`);
  const [comparing, setComparing] = useState<ConfigVersion | null>(null);
  const [rollingBackTo, setRollingBackTo] = useState<ConfigVersion | null>(null);
  const mayChange = useMayChange();
  const newest = pages.data?.[0];
  const columns = useMemo(
    () => columnsOf(live.version, setComparing, mayChange ? setRollingBackTo : null),
    [live.version, mayChange],
  );

  return (
    <Section title="Versions" about="Newest first. Rolling back writes an earlier body as a new version.">
      <Answer query={pages} empty={{ when: (all) => all.length === 0, say: 'There is no version yet.' }}>
        {(versions) => (
          <DataTable
            label={`Versions of ${object}`}
            columns={columns}
            rows={versions}
            idOf={({ id }) => id}
            pages={pages}
          />
        )}
      </Answer>
      {comparing !== null && (
        <CompareVersions
          object={object}
          versions={pages.data ?? []}
          to={comparing}
          onClose={() => setComparing(null)}
        />
      )}
      {rollingBackTo !== null && newest !== undefined && (
        <RollBack
          object={object}
          path={path}
          live={newest}
          to={rollingBackTo}
          onClose={() => setRollingBackTo(null)}
        />
      )}
    </Section>
  );
}

function columnsOf(
  liveVersion: number,
  compare: (version: ConfigVersion) => void,
  rollBack: ((version: ConfigVersion) => void) | null,
): Column<ConfigVersion>[] {
  return [
    {
      title: 'Version',
      cell: ({ version }) => (
        <Group gap={6} wrap="nowrap">
          {version}
          {version === liveVersion && (
            <Badge size="xs" color="green" variant="light" style={{ flexShrink: 0 }}>
              live
            </Badge>
          )}
        </Group>
      ),
    },
    { title: 'When', cell: ({ createdAt }) => <Time iso={createdAt} /> },
    { title: 'Who', cell: ({ createdBy }) => createdBy },
    {
      title: 'Comment',
      cell: ({ comment }) => (
        <Text size="sm" {...(comment === null ? { c: 'dimmed' } : {})}>
          {comment ?? 'none'}
        </Text>
      ),
    },
    {
      title: 'Actions',
      titleHidden: true,
      cell: (row) => (
        <Group gap="xs" wrap="nowrap" justify="flex-end">
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`Compare version ${row.version}`}
            onClick={() => compare(row)}
          >
            Compare
          </Button>
          {rollBack !== null && row.version !== liveVersion && (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Roll back to version ${row.version}`}
              onClick={() => rollBack(row)}
            >
              Roll back
            </Button>
          )}
        </Group>
      ),
    },
  ];
}
