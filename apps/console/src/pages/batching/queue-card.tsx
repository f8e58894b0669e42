import { Badge, Box, Card, Code, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { BatchQueueView, OpenBatch, ServiceName } from '@signalbox/contracts';
import { useApi } from '../../api/use-api';
import { Figure } from '../../parts/amounts';
import { Answer } from '../../parts/answer';
import { count, ms, NOT_MEASURED, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { PRIORITIES, PRIORITY_NAMES } from './words';

export const QUEUE = '/external-services/batch-queue/';

/** One service's queue: how deep by priority, how old, and what is being gathered. */
export function QueueCard({ serviceName }: { serviceName: ServiceName }) {
  const queue = useApi<BatchQueueView>(`${QUEUE}${serviceName}`, { everyMs: 10_000 });
  return (
    <Card
      withBorder
      component="section"
      aria-label={`Queue of ${serviceTitle(serviceName)}`}
      data-testid={`queue-${serviceName}`}
    >
      <Group justify="space-between" mb="sm">
        <Title order={3} size="h4">
          {serviceTitle(serviceName)}
        </Title>
        {queue.data?.enabled === false && (
          <Badge
            color="yellow"
            variant="light"
            title="Its batch policy is not enabled: requests are taken and held"
          >
            Held
          </Badge>
        )}
      </Group>
      <Answer query={queue}>{(view) => <Queue view={view} />}</Answer>
    </Card>
  );
}

function Queue({ view }: { view: BatchQueueView }) {
  const { total, depth, states, oldestWaitMs, assembler } = view;
  return (
    <Stack gap="sm">
      <SimpleGrid cols={4} spacing="xs">
        <Figure label="Waiting" value={count(total)} />
        <Figure
          label="Oldest"
          value={age(oldestWaitMs)}
          why={oldestWaitMs === null ? 'Nothing waits' : 'Since the oldest one was accepted'}
        />
        <Figure label="Sending" value={count(states.sending)} />
        <Figure label="Retrying" value={count(states.retrying)} why="Waiting for another attempt" />
      </SimpleGrid>
      <Depth total={total} depth={depth} />
      {assembler === null ? (
        <Text size="xs" c="dimmed">
          No replica gathers its requests now.
        </Text>
      ) : (
        <>
          <Text size="xs" c="dimmed">
            {count(assembler.batchesInFlight)} {assembler.batchesInFlight === 1 ? 'batch' : 'batches'} on the
            way, up to {count(assembler.sizeLimit)} requests each; gathered by {assembler.replicaId}
          </Text>
          {assembler.open.length > 0 && <Open batches={assembler.open} />}
        </>
      )}
    </Stack>
  );
}

function Depth({ total, depth }: Pick<BatchQueueView, 'total' | 'depth'>) {
  const said = PRIORITY_NAMES.map((name) => `${PRIORITIES[name].title.toLowerCase()} ${depth[name]}`).join(
    ', ',
  );
  return (
    <div>
      <Group
        gap={2}
        wrap="nowrap"
        role="img"
        aria-label={`By priority: ${said}`}
        h={10}
        bg={total === 0 ? 'var(--mantine-color-default-border)' : 'transparent'}
        style={{ borderRadius: 3, overflow: 'hidden' }}
      >
        {PRIORITY_NAMES.filter((name) => depth[name] > 0).map((name) => (
          <Box key={name} h={10} flex={`${depth[name]} 0 3px`} bg={PRIORITIES[name].color} />
        ))}
      </Group>
      <Group gap="md" mt={6}>
        {PRIORITY_NAMES.map((name) => (
          <Group key={name} gap={6} wrap="nowrap">
            <Box w={8} h={8} bg={PRIORITIES[name].color} style={{ borderRadius: 2 }} />
            <Text size="xs">
              {PRIORITIES[name].title} {count(depth[name])}
            </Text>
          </Group>
        ))}
      </Group>
    </div>
  );
}

/** As many as fit in a card. */
const SHOWN = 5;

function Open({ batches }: { batches: readonly OpenBatch[] }) {
  return (
    <Stack gap={4} component="ul" m={0} p={0} style={{ listStyle: 'none' }} aria-label="Open batches">
      {batches.slice(0, SHOWN).map(({ operation, mergeKey, requests, dueAt }) => (
        <Group component="li" key={mergeKey} gap={6}>
          <Badge size="sm" variant="light" color="teal">
            open
          </Badge>
          <Text size="xs">
            {words(operation)}, {count(requests)} {requests === 1 ? 'request' : 'requests'}
            {dueAt !== null && (
              <>
                , due <Time iso={dueAt} />
              </>
            )}
          </Text>
          <Code title="Requests of one merge key share a call">{mergeKey.slice(0, 8)}</Code>
        </Group>
      ))}
      {batches.length > SHOWN && (
        <Text component="li" size="xs" c="dimmed">
          and {count(batches.length - SHOWN)} more
        </Text>
      )}
    </Stack>
  );
}

/** Minutes and hours too: what waits for its budget to renew waits long. */
function age(waitMs: number | null): string {
  if (waitMs === null) return NOT_MEASURED;
  if (waitMs < 60_000) return ms(waitMs);
  const minutes = Math.floor(waitMs / 60_000);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
