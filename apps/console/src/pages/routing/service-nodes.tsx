import { Badge, Card, Group, Text, Title } from '@mantine/core';
import type { NodeRouting, ServiceRouting } from '@signalbox/contracts';
import { memo, useMemo } from 'react';
import { DataTable, type Column } from '../../parts/data-table';
import { count, dollars, ms, msOf, NOT_MEASURED, percent, sentence, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { StatusBadge } from '../../parts/status-badge';
import { useMayChange } from '../../session/may';
import { NodeActions } from './node-actions';
import { NodeState } from './node-state';
import { RunningOverride } from './running-override';
import { TrafficShare } from './traffic-share';

interface ServiceNodesProps {
  service: ServiceRouting;
}

/** One service: how it chooses, how it is doing, and each of its nodes. Drawn again when something of it changed. */
export const ServiceNodes = memo(function ServiceNodes({ service }: ServiceNodesProps) {
  const { serviceName, strategy, status, reasons, errorRate, latencyMs, inFlight, override, nodes } = service;
  const mayChange = useMayChange();
  const columns = useMemo(() => columnsOf(service, mayChange), [service, mayChange]);
  const title = serviceTitle(serviceName);
  return (
    <Card
      withBorder
      padding={0}
      component="section"
      aria-label={title}
      data-testid={`routing-${serviceName}`}
    >
      <Group justify="space-between" px="md" pt="sm" gap="xs">
        <Group gap="xs">
          <Title order={2} size="h4">
            {title}
          </Title>
          <StatusBadge status={status} />
          <Badge variant="default" fw={500} title={strategy}>
            {words(strategy)}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {percent(errorRate)} errors · p95 {ms(latencyMs.p95)} · {count(inFlight)} in flight
        </Text>
      </Group>
      {reasons.length > 0 && (
        <Text size="sm" px="md" pt={4} lineClamp={1} title={reasons.map(sentence).join('\n')}>
          {reasons.map(sentence).join('. ')}
        </Text>
      )}
      {override !== null && <RunningOverride serviceName={serviceName} override={override} />}
      <DataTable
        label={`Nodes of ${title}`}
        columns={columns}
        rows={nodes}
        idOf={({ nodeId }) => nodeId}
        minWidth={820}
        fixed
      />
    </Card>
  );
});

function columnsOf(service: ServiceRouting, mayChange: boolean): Column<NodeRouting>[] {
  const columns: Column<NodeRouting>[] = [
    { title: 'Node', cell: (node) => <NodeName node={node} /> },
    { title: 'Circuit', cell: (node) => <NodeState node={node} />, width: 142 },
    { title: 'Traffic', cell: ({ trafficShare }) => <TrafficShare share={trafficShare} />, width: 76 },
    { title: 'Health', figures: true, cell: ({ healthScore }) => <Health score={healthScore} />, width: 62 },
    {
      title: 'Errors',
      figures: true,
      width: 64,
      cell: ({ errorRate, outcomes }) => <span title={outcomesOf(outcomes)}>{percent(errorRate)}</span>,
    },
    {
      title: 'p50 / p95 / p99',
      figures: true,
      width: 140,
      cell: ({ latencyMs }) => <Latency of={latencyMs} />,
    },
    { title: 'In flight', figures: true, cell: ({ inFlight }) => count(inFlight), width: 70 },
    {
      title: 'A call',
      figures: true,
      cell: ({ costPerRequestUsd }) => dollars(costPerRequestUsd),
      width: 74,
    },
  ];
  if (!mayChange) return columns;
  const actions: Column<NodeRouting> = {
    title: 'Actions',
    titleHidden: true,
    width: 48,
    cell: (node) => <NodeActions service={service} node={node} />,
  };
  return [...columns, actions];
}

function NodeName({ node: { nodeId, providerName, region, role } }: { node: NodeRouting }) {
  return (
    <>
      <Text fz="inherit" fw={500}>
        {providerName}
      </Text>
      <Text size="xs" c="dimmed" title={nodeId}>
        {role} · {region}
      </Text>
    </>
  );
}

function Health({ score }: { score: number }) {
  const color = score >= 90 ? undefined : score >= 60 ? 'yellow' : 'red';
  return (
    <Text
      span
      fz="inherit"
      fw={color === undefined ? 400 : 600}
      {...(color === undefined ? {} : { c: `var(--mantine-color-${color}-text)` })}
      title="0 to 100: how surely its calls succeed, less for latency beyond the target"
    >
      {Math.round(score)}
    </Text>
  );
}

function Latency({ of: { p50, p95, p99 } }: { of: NodeRouting['latencyMs'] }) {
  const figures = msOf([p50, p95, p99]);
  return (
    <span
      style={{ whiteSpace: 'nowrap' }}
      title={figures === NOT_MEASURED ? 'No calls in the window' : undefined}
    >
      {figures}
    </span>
  );
}

function outcomesOf(outcomes: NodeRouting['outcomes']): string {
  const counted = Object.entries(outcomes).filter(([, calls]) => calls > 0);
  if (counted.length === 0) return 'No calls in the window';
  return counted.map(([outcome, calls]) => `${words(outcome)}: ${count(calls)}`).join(', ');
}
