import { SimpleGrid } from '@mantine/core';
import { SERVICE_NAMES } from '@signalbox/contracts';
import { useRefreshOn } from '../../live/live';
import { Nothing } from '../../parts/answer';
import { Section } from '../../parts/page';
import { useClaims } from '../../session/session';
import { QUEUE, QueueCard } from './queue-card';

/** What waits in each service's queue. */
export function Queues() {
  const { services } = useClaims();
  const shown = services ?? SERVICE_NAMES;
  useRefreshOn(({ room }) => room === 'batching_performance', [QUEUE], 5_000);
  return (
    <Section
      title="Queues"
      about="What was accepted and has not ended, and the batches that still take requests."
    >
      {shown.length === 0 ? (
        <Nothing>Your token may see no service.</Nothing>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }}>
          {shown.map((serviceName) => (
            <QueueCard key={serviceName} serviceName={serviceName} />
          ))}
        </SimpleGrid>
      )}
    </Section>
  );
}
