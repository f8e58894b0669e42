import { Badge, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { CostPeriod, ServiceCosts } from '@signalbox/contracts';
import { count, dollars, percent } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { BudgetBar } from './budget-bar';
import { BANDS, whyNoForecast } from './words';

/** The two budgets of a service. */
export function BudgetCard({ costs }: { costs: ServiceCosts }) {
  const { serviceName, band, shadow, day, month, openReservations, timeZone } = costs;
  const colors = colorsOf(costs);
  return (
    <Card
      withBorder
      component="section"
      aria-label={`Budgets of ${serviceName}`}
      data-testid={`budget-${serviceName}`}
    >
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3} size="h4">
            {serviceTitle(serviceName)}
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
        <Period title="Today" of={serviceName} period={day} color={colors.day} renewsAt={day.renewsAt} />
        <Period
          title="This month"
          of={serviceName}
          period={month}
          color={colors.month}
          renewsAt={month.renewsAt}
        />
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
      <Title order={3} size="h4" mb="sm">
        All services
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
        <Period title="Today" of="all services" period={total.day} color="teal" />
        <Period title="This month" of="all services" period={total.month} color="teal" />
      </SimpleGrid>
    </Card>
  );
}

interface PeriodProps {
  title: string;
  of: string;
  period: CostPeriod;
  color: string;
  renewsAt?: string;
}

function Period({ title, of, period, color, renewsAt }: PeriodProps) {
  const { capUsd, spentUsd, reservedUsd, utilization } = period;
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text size="sm" fw={600}>
          {title}
        </Text>
        {renewsAt !== undefined && (
          <Text size="xs" c="dimmed">
            renews <Time iso={renewsAt} />
          </Text>
        )}
      </Group>
      <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
        <Text size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
          {dollars(spentUsd)}
          {reservedUsd > 0 ? ` + ${dollars(reservedUsd)} reserved` : ''} of {dollars(capUsd)}
        </Text>
        <Text
          size="sm"
          fw={600}
          style={{ whiteSpace: 'nowrap' }}
          title="Spent and reserved, of the cap. It passes 100 % under an emergency override, or when a call cost more than estimated."
        >
          {percent(utilization)}
        </Text>
      </Group>
      <BudgetBar label={`${of}, ${title.toLowerCase()}`} period={period} color={color} />
      <Forecast period={period} />
    </div>
  );
}

/** A service has one band for both of its budgets: it is the fuller one's doing. */
function colorsOf({ band, day, month }: ServiceCosts): { day: string; month: string } {
  const of = (period: CostPeriod, other: CostPeriod) => {
    if (period.utilization >= 1) return BANDS.exhausted.color;
    return period.utilization >= other.utilization ? BANDS[band].color : BANDS.open.color;
  };
  return { day: of(day, month), month: of(month, day) };
}

function Forecast({ period: { projection, projectionUnavailable, capUsd } }: { period: CostPeriod }) {
  if (projection === null) {
    return (
      <Text size="xs" c="dimmed" mt={4}>
        No forecast: {whyNoForecast(projectionUnavailable)}
      </Text>
    );
  }
  const { expectedUsd, interval80, interval95, method, basedOnHours } = projection;
  const passes = interval80.lowerUsd > capUsd ? 'likely' : expectedUsd > capUsd ? 'expected' : null;
  return (
    <Text
      size="xs"
      mt={4}
      c={passes === null ? 'dimmed' : 'var(--mantine-color-red-text)'}
      title={`The first span holds in 80 of 100 cases; in 95 of 100 ${dollars(interval95.lowerUsd)} to ${dollars(interval95.upperUsd)}; ${method}, from ${basedOnHours} h measured`}
    >
      Will come to {dollars(expectedUsd)}, between {dollars(interval80.lowerUsd)} and{' '}
      {dollars(interval80.upperUsd)}
      {passes === 'expected' && ': past the cap'}
      {passes === 'likely' && ': past the cap, in 9 of 10 cases'}
    </Text>
  );
}
