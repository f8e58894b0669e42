import { Badge, Text } from '@mantine/core';
import type { RankedAlternative, RoutingDecision, SelectedNode } from '@signalbox/contracts';
import { DataTable, type Column } from '../../parts/data-table';
import { dollars, ms, NOT_MEASURED } from '../../parts/figures';

interface Row extends SelectedNode {
  rank: number;
  estimatedLatency: number;
  chosen: boolean;
}

const COLUMNS: Column<Row>[] = [
  {
    title: 'Node',
    cell: ({ providerName, region, chosen }) => (
      <>
        <Text component="div" fz="inherit" fw={chosen ? 600 : 400}>
          {providerName} {chosen && <Badge size="xs">chosen</Badge>}
        </Text>
        <Text size="xs" c="dimmed">
          {region}
        </Text>
      </>
    ),
  },
  {
    title: 'Health',
    figures: true,
    cell: ({ healthScore }) => (healthScore === null ? NOT_MEASURED : Math.round(healthScore)),
  },
  { title: 'Success', figures: true, cell: ({ successRate }) => `${successRate.toFixed(1)} %` },
  { title: 'Latency', figures: true, cell: ({ estimatedLatency }) => ms(estimatedLatency) },
  { title: 'A call', figures: true, cell: ({ costPerRequest }) => dollars(costPerRequest) },
];

/** The chosen node, and the others in the order in which the caller falls back to them. */
export function Alternatives({ routed }: { routed: RoutingDecision }) {
  const rows = rowsOf(routed);
  return (
    <>
      <DataTable
        label="Ranked alternatives"
        columns={COLUMNS}
        rows={rows}
        idOf={({ nodeId }) => nodeId}
        minWidth={420}
        marked={({ chosen }) => chosen}
      />
      {rows.length === 1 && (
        <Text size="sm" c="dimmed">
          There was no other node that could take the call.
        </Text>
      )}
    </>
  );
}

function rowsOf({ selectedNode, estimatedLatency, alternatives }: RoutingDecision): Row[] {
  const others = alternatives
    .filter(({ nodeId }) => nodeId !== selectedNode.nodeId)
    .sort((a: RankedAlternative, b: RankedAlternative) => a.rank - b.rank)
    .map((node) => ({ ...node, chosen: false }));
  return [{ ...selectedNode, rank: 0, estimatedLatency, chosen: true }, ...others];
}
