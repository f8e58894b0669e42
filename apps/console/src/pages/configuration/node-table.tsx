import { Anchor, Badge, Button, Group, NumberInput, Stack, Text } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import type { NodeConfig } from '@signalbox/contracts';
import { useMemo, useState } from 'react';
import { Dollars } from '../../parts/amounts';
import { DataTable, type Column } from '../../parts/data-table';
import { ms } from '../../parts/figures';
import { NodeDrawer } from './node-drawer';

interface NodeTableProps {
  nodes: readonly NodeConfig[];
  /** To be read only when absent. */
  editing?: {
    /** By path from the service's root: `nodes.0.weightPercent`. */
    errors: Readonly<Record<string, string>>;
    onChange: (nodes: NodeConfig[]) => void;
  };
}

type Row = { node: NodeConfig; index: number };

/** The nodes of a service: shares at a glance, and all else of a node in a form of its own. */
export function NodeTable({ nodes, editing }: NodeTableProps) {
  const [opened, setOpened] = useState<number | null>(null);
  const rows = nodes.map((node, index) => ({ node, index }));
  const columns = useMemo(
    () =>
      editing === undefined
        ? [nameColumn(null), ...READ, ...SHARE]
        : [nameColumn(setOpened), ...READ, ...editColumns(nodes, editing, setOpened)],
    [nodes, editing],
  );
  const opening = opened === null ? undefined : nodes[opened];

  return (
    <Stack gap="xs">
      <DataTable
        label="Nodes"
        columns={columns}
        rows={rows}
        idOf={({ index }) => String(index)}
        minWidth={editing === undefined ? 720 : 900}
      />
      <Group justify="space-between">
        <ShareSum nodes={nodes} wrong={editing?.errors['nodes']} />
        {editing !== undefined && (
          <Button
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => {
              editing.onChange([...nodes, NEW_NODE]);
              setOpened(nodes.length);
            }}
          >
            Add a node
          </Button>
        )}
      </Group>
      {editing !== undefined && opened !== null && opening !== undefined && (
        <NodeDrawer
          node={opening}
          errors={below(editing.errors, `nodes.${opened}.`)}
          onChange={(node) => editing.onChange(nodes.map((one, at) => (at === opened ? node : one)))}
          onClose={() => setOpened(null)}
        />
      )}
    </Stack>
  );
}

const NEW_NODE: NodeConfig = {
  nodeId: '',
  providerName: '',
  region: '',
  role: 'secondary',
  weightPercent: 0,
  priorSuccessPercent: 99,
  priorLatencyMs: 200,
  costPerRequestUsd: 0,
  baseUrl: 'https://',
};

/** While it is edited, the name opens the form too: on a phone the button is out of sight. */
function nameColumn(open: ((index: number) => void) | null): Column<Row> {
  return {
    title: 'Node',
    cell: ({ node, index }) => (
      <>
        <Group gap={6} wrap="nowrap">
          {open === null ? (
            <Text size="sm" ff="monospace">
              {node.nodeId}
            </Text>
          ) : (
            <Anchor
              component="button"
              type="button"
              size="sm"
              ff="monospace"
              ta="left"
              c="inherit"
              style={{ textDecoration: 'underline dotted' }}
              onClick={() => open(index)}
            >
              {node.nodeId === '' ? 'new node' : node.nodeId}
            </Anchor>
          )}
          {node.drained === true && (
            <Badge size="xs" color="yellow" variant="light" style={{ flexShrink: 0 }}>
              drained
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {node.providerName}
        </Text>
      </>
    ),
  };
}

const READ: Column<Row>[] = [
  { title: 'Region', cell: ({ node }) => node.region },
  {
    title: 'Role',
    cell: ({ node }) => <Badge variant="default">{node.role}</Badge>,
  },
  { title: 'Per request', figures: true, cell: ({ node }) => <Dollars usd={node.costPerRequestUsd} /> },
  {
    title: 'Assumed at first',
    figures: true,
    cell: ({ node }) => `${node.priorSuccessPercent} %, ${ms(node.priorLatencyMs)}`,
  },
];

const SHARE: Column<Row>[] = [
  { title: 'Base URL', cell: ({ node }) => <Text size="xs">{node.baseUrl}</Text> },
  { title: 'Weight', figures: true, cell: ({ node }) => `${node.weightPercent} %` },
];

function editColumns(
  nodes: readonly NodeConfig[],
  { errors, onChange }: NonNullable<NodeTableProps['editing']>,
  open: (index: number) => void,
): Column<Row>[] {
  return [
    {
      title: 'Weight',
      width: 120,
      cell: ({ node, index }) => (
        <NumberInput
          aria-label={`Weight of ${node.nodeId}`}
          size="xs"
          suffix=" %"
          hideControls
          decimalScale={4}
          allowNegative={false}
          value={node.weightPercent}
          error={errors[`nodes.${index}.weightPercent`]}
          onChange={(next) => {
            if (typeof next !== 'number') return;
            onChange(nodes.map((one, at) => (at === index ? { ...one, weightPercent: next } : one)));
          }}
        />
      ),
    },
    {
      title: 'Change',
      titleHidden: true,
      cell: ({ node, index }) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          {Object.keys(below(errors, `nodes.${index}.`)).length > 0 && (
            <Badge color="red" variant="light">
              not right yet
            </Badge>
          )}
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconPencil size={14} aria-hidden />}
            aria-label={`Edit node ${node.nodeId}`}
            onClick={() => open(index)}
          >
            Edit
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`Remove node ${node.nodeId}`}
            onClick={() => onChange(nodes.filter((_, at) => at !== index))}
          >
            <IconTrash size={14} aria-hidden />
          </Button>
        </Group>
      ),
    },
  ];
}

function ShareSum({ nodes, wrong }: { nodes: readonly NodeConfig[]; wrong: string | undefined }) {
  const ordinary = nodes.filter(({ role }) => role !== 'emergency');
  const sum = Number(
    ordinary.reduce((total, { weightPercent }) => total + (weightPercent ?? 0), 0).toFixed(4),
  );
  return (
    <Text size="sm" {...(wrong === undefined ? { c: 'dimmed' } : { c: 'red' })} role="status">
      {wrong === undefined ? `The ordinary nodes share ${sum} %.` : `The nodes ${wrong}.`}
    </Text>
  );
}

function below(errors: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(errors).flatMap(([path, message]) =>
      path.startsWith(prefix) ? [[path.slice(prefix.length), message]] : [],
    ),
  );
}
