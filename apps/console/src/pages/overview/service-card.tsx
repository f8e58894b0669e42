import { Anchor, Badge, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ApiPerformanceMetrics, PerformanceSeries, ServiceGlance } from '@signalbox/contracts';
import { memo } from 'react';
import { Link } from 'react-router';
import { Countdown } from '../../parts/time';
import { count, dollars, ms, percent, perSecond, sentence } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { StatusBadge } from '../../parts/status-badge';
import { CircuitDots } from './circuit-dots';
import { Measured } from './measured';
import { SpendBar } from './spend-bar';
import { lastHour } from './standing';

interface ServiceCardProps {
  glance: ServiceGlance;
  metrics: ApiPerformanceMetrics | null;
  series: readonly PerformanceSeries[];
}

/** One service: whether it works, how well, and what it costs. Drawn again when something of it changed. */
export const ServiceCard = memo(function ServiceCard({ glance, metrics, series }: ServiceCardProps) {
  const { serviceName, status, reasons, circuits, errorRate, latencyMs, spend, queue, override } = glance;
  const title = serviceTitle(serviceName);
  const said = reasons.map(sentence).join('. ');
  const calls = metrics?.throughput.requestsPerSecond ?? null;
  return (
    <Card
      withBorder
      component="article"
      padding="md"
      aria-label={title}
      data-testid={`service-${serviceName}`}
      style={{
        borderInlineStart: `3px solid var(--line-${edgeOf(glance)})`,
      }}
    >
      <Stack gap="sm" h="100%">
        <Group justify="space-between" wrap="nowrap">
          <Title order={3} size="h4">
            <Anchor component={Link} to={`/routing?service=${serviceName}`} inherit c="inherit">
              {title}
            </Anchor>
          </Title>
          <StatusBadge status={status} />
        </Group>
        {reasons.length > 0 && (
          <Text size="xs" lineClamp={2} title={said}>
            {said}
          </Text>
        )}
        <SimpleGrid cols={3} spacing="md">
          <Measured
            name="Error rate"
            of={title}
            now={errorRate}
            points={lastHour(series, serviceName, 'errorRate', errorRate)}
            say={percent}
            color={status === 'healthy' ? 'teal' : 'red'}
          />
          <Measured
            name="Latency p95"
            of={title}
            now={latencyMs.p95}
            points={lastHour(series, serviceName, 'p95', latencyMs.p95)}
            say={ms}
            trend={metrics?.responseTime.trend ?? null}
          />
          <Measured
            name="Calls"
            of={title}
            now={calls}
            points={lastHour(series, serviceName, 'requestsPerSecond', calls)}
            say={perSecond}
          />
        </SimpleGrid>
        <Group justify="space-between" gap="xs">
          <CircuitDots circuits={circuits} />
          <Text size="xs" c="dimmed" title={queueTitle(queue)}>
            {queue === null ? 'Queue not told' : `${count(queue.total)} queued`}
          </Text>
        </Group>
        <SpendBar spend={spend} of={title} />
        {override !== null && (
          <Badge color="grape" variant="light" fullWidth h="auto" py={4}>
            Emergency override: {dollars(override.remainingUsd)} left, ends in{' '}
            <Countdown until={override.expiresAt} />
          </Badge>
        )}
      </Stack>
    </Card>
  );
});

const EDGES = { healthy: 'teal', degraded: 'yellow', down: 'red', unknown: 'gray' } as const;

/** A service whose budget turns calls away works, and yet asks to be looked at. */
function edgeOf({ status, spend }: ServiceGlance): string {
  return status === 'healthy' && spend !== null && spend.band !== 'open' ? 'yellow' : EDGES[status];
}

function queueTitle(queue: ServiceGlance['queue']): string {
  if (queue === null) return 'The batching worker has not told';
  const waits = queue.oldestWaitMs === null ? 'nothing waits' : `the oldest waits ${ms(queue.oldestWaitMs)}`;
  return `Requests that wait to be sent in batches: ${waits}${queue.stale ? ', as last told' : ''}`;
}
