import { Box, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReplayEvidence } from '@signalbox/contracts';
import { Figure } from '../../parts/amounts';
import { DataTable, type Column } from '../../parts/data-table';
import { count, dollars, NOT_MEASURED, percent } from '../../parts/figures';
import { Time } from '../../parts/time';
import { points } from './words';

/** What a recommendation rests on: recorded calls, replayed as configured and as recommended. */
export function Evidence({ of, evidence }: { of: string; evidence: ReplayEvidence }) {
  const { calls, from, to, recordedUsd, replayedUsd, figures, method } = evidence;
  const compared = comparedOf(figures);
  const alone = Object.entries(figures).filter(([name]) => counterpartOf(name, figures) === null);
  const nodes = Object.entries(evidence.nodeShares).map(([nodeId, share]) => ({ nodeId, ...share }));
  return (
    <Stack gap="md">
      <Known evidence={evidence} />
      <SimpleGrid cols={{ base: 2, sm: 3, md: 4 }}>
        <Figure label="Calls replayed" value={count(calls)} />
        <Figure
          label="They really cost"
          value={dollars(recordedUsd)}
          why={recordedUsd === null ? 'No cost was recorded' : 'What was paid'}
        />
        <Figure
          label="Replayed as configured"
          value={dollars(replayedUsd)}
          why="The nearer to what was paid, the truer the replay"
        />
        {alone.map(([name, value]) => (
          <Figure key={name} label={spaced(name)} value={rounded(value)} />
        ))}
      </SimpleGrid>
      {compared.length > 0 && (
        <DataTable
          label={`Figures as configured and as recommended, ${of}`}
          columns={COMPARED_COLUMNS}
          rows={compared}
          idOf={({ title }) => title}
          minWidth={420}
        />
      )}
      {nodes.length > 0 && (
        <DataTable
          label={`Share of the calls of each node, ${of}`}
          columns={NODE_COLUMNS}
          rows={nodes}
          idOf={({ nodeId }) => nodeId}
          minWidth={420}
        />
      )}
      <Text size="xs" c="dimmed">
        Calls from <Time iso={from} /> to <Time iso={to} />. {method}
      </Text>
    </Stack>
  );
}

const SOURCES = [
  {
    of: 'recordedShare',
    title: 'own outcome',
    color: 'var(--mantine-color-teal-filled)',
    says: 'The node that really carried the call',
  },
  {
    of: 'nearShare',
    title: 'within a minute',
    color: 'var(--mantine-color-blue-filled)',
    says: 'Another node, by what it answered others within a minute of the call',
  },
  {
    of: 'farShare',
    title: 'any time',
    color: 'var(--mantine-color-yellow-filled)',
    says: 'Another node, by what it answered others at any time of the range',
  },
  {
    of: 'priorShare',
    title: 'catalog’s word',
    color: 'var(--mantine-color-gray-5)',
    says: 'A node without a recorded outcome: what the catalog says of it',
  },
] as const;

/** What each replayed call’s fate is known from. */
function Known({ evidence }: { evidence: ReplayEvidence }) {
  const shares = SOURCES.map((source) => ({ ...source, share: evidence[source.of] }));
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        What the fate of a replayed call is known from
      </Text>
      <Group
        gap={2}
        wrap="nowrap"
        role="img"
        aria-label={shares.map(({ title, share }) => `${title} ${percent(share)}`).join(', ')}
      >
        {shares
          .filter(({ share }) => share > 0)
          .map(({ of, color, share }) => (
            <Box key={of} h={10} flex={`${share} 0 2px`} bg={color} style={{ borderRadius: 2 }} />
          ))}
      </Group>
      <Group gap="md" mt={6}>
        {shares.map(({ of, color, title, share, says }) => (
          <Group key={of} gap={6} wrap="nowrap" title={says}>
            <Box w={10} h={10} bg={color} style={{ borderRadius: 2 }} />
            <Text size="xs">
              {title} {percent(share)}
            </Text>
          </Group>
        ))}
      </Group>
    </div>
  );
}

interface NodeShare {
  nodeId: string;
  before: number;
  after: number;
}

const NODE_COLUMNS: readonly Column<NodeShare>[] = [
  { title: 'Node', cell: ({ nodeId }) => nodeId, sortBy: ({ nodeId }) => nodeId },
  {
    title: 'As configured',
    cell: ({ before }) => percent(before),
    figures: true,
    sortBy: ({ before }) => before,
  },
  {
    title: 'As recommended',
    cell: ({ after }) => percent(after),
    figures: true,
    sortBy: ({ after }) => after,
  },
  {
    title: 'Change',
    cell: ({ before, after }) => points(after - before),
    figures: true,
    sortBy: ({ before, after }) => after - before,
  },
];

interface Compared {
  title: string;
  before: number | null;
  after: number | null;
}

const COMPARED_COLUMNS: readonly Column<Compared>[] = [
  { title: 'Figure', cell: ({ title }) => title, sortBy: ({ title }) => title },
  { title: 'As configured', cell: ({ before }) => rounded(before), figures: true },
  { title: 'As recommended', cell: ({ after }) => rounded(after), figures: true },
];

/** The other one of `requestsSentBefore` and `requestsSentAfter`; null for a figure that stands alone. */
function counterpartOf(name: string, figures: ReplayEvidence['figures']): string | null {
  const other = name.endsWith('Before') ? name.replace(/Before$/, 'After') : name.replace(/After$/, 'Before');
  return other !== name && other in figures ? other : null;
}

function comparedOf(figures: ReplayEvidence['figures']): Compared[] {
  return Object.entries(figures).flatMap(([name, before]): Compared[] => {
    const other = name.endsWith('Before') ? counterpartOf(name, figures) : null;
    if (other === null) return [];
    return [{ title: spaced(name.replace(/Before$/, '')), before, after: figures[other] ?? null }];
  });
}

/** `addedWaitMs` → `Added wait, ms`. */
function spaced(name: string): string {
  const text = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/ ms\b(.*)$/, '$1, ms');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function rounded(value: number | null): string {
  if (value === null) return NOT_MEASURED;
  return new Intl.NumberFormat('en', { maximumFractionDigits: 3 }).format(value);
}
