import { Box, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { CostMonitoring } from '@signalbox/contracts';
import type { ReactNode } from 'react';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { Section } from '../../parts/page';
import { Time } from '../../parts/time';
import { BudgetCard, TotalCard } from './budget-card';
import { Forecasts } from './forecasts';

const COST_MONITORING = '/external-services/cost-monitoring';

/** What every service has spent of its budgets, and what it will come to. */
export function Budgets() {
  const costs = useApi<CostMonitoring>(COST_MONITORING, { everyMs: 30_000 });
  useRefreshOn(({ room }) => room === 'cost_monitoring', [COST_MONITORING], 3_000);
  return (
    <Stack gap="xl">
      <Section
        title="Budgets"
        about={
          costs.data === undefined ? undefined : (
            <>
              As of <Time iso={costs.data.asOf} />
            </>
          )
        }
        actions={<Legend />}
      >
        <Answer
          query={costs}
          empty={{ when: ({ services }) => services.length === 0, say: 'Your token may see no service.' }}
        >
          {({ services, total }) => (
            <Stack>
              {services.length > 1 && <TotalCard total={total} />}
              <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
                {services.map((each) => (
                  <BudgetCard key={each.serviceName} costs={each} />
                ))}
              </SimpleGrid>
            </Stack>
          )}
        </Answer>
      </Section>
      <Forecasts />
    </Stack>
  );
}

function Legend() {
  return (
    <Group gap="md" aria-hidden visibleFrom="sm">
      <Sign background="var(--mantine-color-teal-filled)">spent</Sign>
      <Sign background="repeating-linear-gradient(45deg, var(--mantine-color-teal-filled) 0 3px, transparent 3px 6px)">
        reserved
      </Sign>
      <Sign background="var(--mantine-color-blue-light-hover)">forecast, 80 % and 95 %</Sign>
      <Sign background="var(--mantine-color-text)" width={2}>
        cap
      </Sign>
    </Group>
  );
}

function Sign({
  background,
  width = 14,
  children,
}: {
  background: string;
  width?: number;
  children: ReactNode;
}) {
  return (
    <Group gap={6} wrap="nowrap">
      <Box w={width} h={12} style={{ background, borderRadius: width > 4 ? 2 : 0 }} />
      <Text size="xs" c="dimmed">
        {children}
      </Text>
    </Group>
  );
}
