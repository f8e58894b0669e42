import { Anchor, Card, Group, SimpleGrid, Text, Title } from '@mantine/core';
import type { DashboardPart, FrontendCoordination } from '@signalbox/contracts';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Dollars, Figure } from '../../parts/amounts';
import { count, dollars, percent } from '../../parts/figures';
import { Section } from '../../parts/page';
import { StatusBadge } from '../../parts/status-badge';
import { sumOf } from './standing';

/** What stands beside routing, each a figure or two and the way to its page. */
export function Around({ known }: { known: FrontendCoordination }) {
  const { costs, recommendations, batching, webhooks, agents } = known;
  return (
    <Section title="Around the calls">
      <SimpleGrid cols={{ base: 1, xs: 2, xl: 4 }} spacing="sm">
        <Part title="Costs" path="/costs" stale={costs.stale}>
          <Figure
            label="This month"
            value={<Dollars usd={costs.data?.total.month.spentUsd} why="Not told yet" />}
            why={costs.data === null ? 'Not told yet' : `Of ${dollars(costs.data.total.month.capUsd)}`}
          />
          <Figure
            label="Could save a day"
            value={dollars(recommendations.data === null ? null : (sumOf(openOnes(recommendations)) ?? 0))}
            why={
              recommendations.data === null
                ? 'Not told yet'
                : `${openOnes(recommendations).length} open recommendations`
            }
          />
        </Part>
        <Part title="Batching" path="/batching" stale={batching.stale}>
          <Figure
            label="Requests saved"
            value={count(batching.data?.total?.requestsSaved)}
            why="In 24 hours"
          />
          <Figure label="Fewer by" value={percent(batching.data?.total?.reduction)} why="In 24 hours" />
        </Part>
        <Part title="Webhooks" path="/webhooks" stale={webhooks.stale}>
          <Figure label="Received" value={count(sumOf(webhookCounts(webhooks, 'received')))} />
          <Figure label="Retrying" value={count(sumOf(webhookCounts(webhooks, 'retrying')))} />
          <Figure label="Dead" value={count(sumOf(webhookCounts(webhooks, 'dead')))} />
        </Part>
        <Part title="Participants" path="/participants" stale={false}>
          <Figure label="Alive" value={count(agents.filter(({ state }) => state === 'alive').length)} />
          <Figure label="Lost" value={count(agents.filter(({ state }) => state === 'lost').length)} />
        </Part>
      </SimpleGrid>
    </Section>
  );
}

function openOnes({ data }: FrontendCoordination['recommendations']): number[] {
  return (data?.items ?? [])
    .filter(({ state }) => state === 'open')
    .map(({ expectedSavingUsdPerDay }) => expectedSavingUsdPerDay);
}

function webhookCounts(
  { data }: FrontendCoordination['webhooks'],
  of: 'received' | 'retrying' | 'dead',
): number[] {
  return (data?.services ?? []).map((service) => service[of]);
}

interface PartProps {
  title: string;
  path: string;
  stale: DashboardPart<unknown>['stale'];
  children: ReactNode;
}

function Part({ title, path, stale, children }: PartProps) {
  return (
    <Card withBorder padding="sm" component="article" aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          <Anchor component={Link} to={path} inherit c="inherit">
            {title}
          </Anchor>
        </Title>
        {stale && <StatusBadge status="stale">as last told</StatusBadge>}
      </Group>
      <Group gap="xl">{children}</Group>
      {stale && (
        <Text size="xs" c="dimmed" mt={4}>
          Does not answer now
        </Text>
      )}
    </Card>
  );
}
