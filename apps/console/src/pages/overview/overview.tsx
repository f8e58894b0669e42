import { SimpleGrid } from '@mantine/core';
import type { FrontendCoordination } from '@signalbox/contracts';
import { useDashboard } from '../../live/dashboard';
import { Answer, Nothing } from '../../parts/answer';
import { Page, Section } from '../../parts/page';
import { useSteady } from '../../parts/use-steady';
import { Around } from './around';
import { Attention } from './attention';
import { Headline } from './headline';
import { ServiceCard } from './service-card';
import { minutesShown, worstFirst } from './standing';

/** Whether everything works, what does not, and what it costs: from the first paint on, then live. */
export default function Overview() {
  const dashboard = useDashboard();
  return (
    <Page title="Overview">
      <Answer query={dashboard}>
        {(known) => (
          <>
            <Headline known={known} />
            <Attention alerts={known.alerts} />
            <Services known={known} />
            <Around known={known} />
          </>
        )}
      </Answer>
    </Page>
  );
}

function Services({ known }: { known: FrontendCoordination }) {
  const { rows, hold } = useSteady(worstFirst(known.services.items), ({ serviceName }) => serviceName);
  const minutes = minutesShown(known.series);
  return (
    <Section title="Services" about={minutes === 0 ? undefined : `Lines show the last ${minutes} minutes`}>
      {rows.length === 0 ? (
        <Nothing>Your token may see no service.</Nothing>
      ) : (
        <SimpleGrid cols={{ base: 1, xs: 2, lg: 3 }} spacing="sm" {...hold}>
          {rows.map((glance) => (
            <ServiceCard
              key={glance.serviceName}
              glance={glance}
              metrics={known.metrics.find(({ serviceName }) => serviceName === glance.serviceName) ?? null}
              series={known.series}
            />
          ))}
        </SimpleGrid>
      )}
    </Section>
  );
}
