import { SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ServicesStatus } from '@signalbox/contracts';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { time } from '../../parts/figures';
import { ServiceCard } from './service-card';

const STATUS = '/external-services/status';

/** The services at a glance. */
export default function Overview() {
  const status = useApi<ServicesStatus>(STATUS, { everyMs: 5_000 });
  useRefreshOn(
    ({ room }) => room === 'api_status_updates' || room === 'cost_monitoring' || room === 'coordination',
    [STATUS],
  );
  return (
    <Stack>
      <Title order={1} size="h2">
        Overview
      </Title>
      <Answer query={status}>
        {({ items, asOf, stale }) => (
          <>
            <Text size="sm" c="dimmed">
              As of {time(asOf)}
              {stale ? ': routing does not answer now' : ''}
            </Text>
            <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
              {items.map((service) => (
                <ServiceCard key={service.serviceName} service={service} />
              ))}
            </SimpleGrid>
          </>
        )}
      </Answer>
    </Stack>
  );
}
