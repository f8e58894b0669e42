import { Badge, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ServiceGlance } from '@signalbox/contracts';
import { count, dollars, ms, percent } from '../../parts/figures';
import { StatusBadge } from '../../parts/status-badge';

export function ServiceCard({ service }: { service: ServiceGlance }) {
  const { serviceName, status, reasons, circuits, errorRate, latencyMs, spend, queue, override } = service;
  return (
    <Card withBorder component="section" aria-label={serviceName} data-testid={`service-${serviceName}`}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" tt="capitalize">
            {serviceName}
          </Title>
          <StatusBadge status={status} />
        </Group>
        <SimpleGrid cols={3} spacing="xs">
          <Figure label="Error rate" value={percent(errorRate)} />
          <Figure label="p95" value={ms(latencyMs.p95)} />
          <Figure label="Queue" value={count(queue?.total)} />
        </SimpleGrid>
        {spend !== null && (
          <div>
            <Group justify="space-between">
              <Text size="xs" c="dimmed">
                Today {dollars(spend.day.spentUsd)} of {dollars(spend.day.capUsd)}
              </Text>
              <Text size="xs" c="dimmed">
                {percent(spend.day.utilization)}
              </Text>
            </Group>
            <Progress
              value={Math.min(100, spend.day.utilization * 100)}
              color={spend.band === 'open' ? 'teal' : spend.band === 'throttled' ? 'yellow' : 'red'}
              aria-label={`Budget of the day used by ${serviceName}`}
            />
          </div>
        )}
        <Group gap="xs">
          {circuits.open > 0 && <Badge color="red">{circuits.open} circuit open</Badge>}
          {circuits.halfOpen > 0 && <Badge color="yellow">{circuits.halfOpen} probing</Badge>}
          {override !== null && <Badge color="grape">Override, {dollars(override.remainingUsd)} left</Badge>}
        </Group>
        {reasons.length > 0 && (
          <Text size="xs" c="dimmed" lineClamp={2} title={reasons.join('; ')}>
            {reasons.join('; ')}
          </Text>
        )}
      </Stack>
    </Card>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text fw={600}>{value}</Text>
    </div>
  );
}
