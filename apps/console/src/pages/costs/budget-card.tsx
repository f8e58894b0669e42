import { Badge, Card, Group, Stack, Text, Title } from '@mantine/core';
import type { BudgetBand, CostPeriod, ServiceCosts } from '@signalbox/contracts';
import { count, dollars, percent } from '../../parts/figures';
import { Time } from '../../parts/time';
import { BudgetBar } from './budget-bar';
import { BANDS, whyNoForecast } from './words';

/** The two budgets of a service. */
export function BudgetCard({ costs }: { costs: ServiceCosts }) {
  const { serviceName, band, shadow, day, month, openReservations, timeZone } = costs;
  return (
    <Card
      withBorder
      component="section"
      aria-label={`Budgets of ${serviceName}`}
      data-testid={`budget-${serviceName}`}
    >
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3} size="h4" tt="capitalize">
            {serviceName}
          </Title>
          <Group gap={6}>
            {shadow && (
              <Badge
                variant="outline"
                color="gray"
                title="Says what it would have refused, and refuses nothing"
              >
                Shadow
              </Badge>
            )}
            <Badge variant="light" color={BANDS[band].color} title={BANDS[band].says}>
              {BANDS[band].title}
            </Badge>
          </Group>
        </Group>
        <Period title="Today" of={serviceName} period={day} band={band} renewsAt={day.renewsAt} />
        <Period title="This month" of={serviceName} period={month} band={band} renewsAt={month.renewsAt} />
        <Text size="xs" c="dimmed">
          {openReservations === 1 ? '1 open reservation' : `${count(openReservations)} open reservations`} ·
          days end at midnight {timeZone}
        </Text>
      </Stack>
    </Card>
  );
}

/** All services shown, together. */
export function TotalCard({ total }: { total: Record<'day' | 'month', CostPeriod> }) {
  return (
    <Card withBorder component="section" aria-label="All budgets together" data-testid="budget-total">
      <Stack gap="sm">
        <Title order={3} size="h4">
          All services
        </Title>
        <Period title="Today" of="all services" period={total.day} band="open" />
        <Period title="This month" of="all services" period={total.month} band="open" />
      </Stack>
    </Card>
  );
}

interface PeriodProps {
  title: string;
  of: string;
  period: CostPeriod;
  band: BudgetBand;
  renewsAt?: string;
}

function Period({ title, of, period, band, renewsAt }: PeriodProps) {
  const { capUsd, spentUsd, reservedUsd, utilization } = period;
  return (
    <div>
      <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
        <Text size="sm">
          <b>{title}</b>{' '}
          <span style={{ fontVariantNumeric: 'tabular-nums' }}>
            {dollars(spentUsd)}
            {reservedUsd > 0 ? ` + ${dollars(reservedUsd)} reserved` : ''} of {dollars(capUsd)}
          </span>
        </Text>
        <Text
          size="sm"
          fw={600}
          title="Spent and reserved, of the cap. It passes 100 % under an emergency override, or when a call cost more than estimated."
        >
          {percent(utilization)}
        </Text>
      </Group>
      <BudgetBar label={`${of}, ${title.toLowerCase()}`} period={period} band={band} />
      <Group justify="space-between" gap="xs" mt={4}>
        <Forecast period={period} />
        {renewsAt !== undefined && (
          <Text size="xs" c="dimmed">
            renews <Time iso={renewsAt} />
          </Text>
        )}
      </Group>
    </div>
  );
}

function Forecast({ period: { projection, projectionUnavailable, capUsd } }: { period: CostPeriod }) {
  if (projection === null) {
    return (
      <Text size="xs" c="dimmed">
        No forecast: {whyNoForecast(projectionUnavailable)}
      </Text>
    );
  }
  const { expectedUsd, interval80, interval95, method, basedOnHours } = projection;
  const passes = interval80.lowerUsd > capUsd ? 'likely' : expectedUsd > capUsd ? 'expected' : null;
  return (
    <Text
      size="xs"
      c={passes === null ? 'dimmed' : 'var(--mantine-color-red-text)'}
      title={`In 95 of 100 cases ${dollars(interval95.lowerUsd)} to ${dollars(interval95.upperUsd)}; ${method}, from ${basedOnHours} h measured`}
    >
      Will come to {dollars(expectedUsd)} ({dollars(interval80.lowerUsd)} to {dollars(interval80.upperUsd)} in
      80 of 100 cases)
      {passes === 'expected' && ': past the cap'}
      {passes === 'likely' && ': past the cap, in 9 of 10 cases'}
    </Text>
  );
}
