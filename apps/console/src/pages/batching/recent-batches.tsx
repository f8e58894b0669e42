import { Badge, Group, Text } from '@mantine/core';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import type { ServiceName } from '@signalbox/contracts';
import { dollars, ms, time, words } from '../../parts/figures';
import { LiveList } from '../../parts/live-list';
import { serviceTitle } from '../../parts/services';

/** A batch as the room tells it: what it cost and took when it is done, why not when it is not. */
interface ToldBatch {
  seq: number;
  timestamp: string;
  serviceName: ServiceName;
  operation: string;
  nodeId: string | null;
  state: 'completed' | 'retrying' | 'failed';
  items: number;
  requestsSent?: number;
  costUsd?: number;
  waitMs?: number;
  durationMs?: number;
  deadLettered?: number;
  reason?: string;
}

const COLORS = { completed: 'green', retrying: 'yellow', failed: 'red' } as const;

/** Batches as they end. */
export function RecentBatches() {
  return (
    <LiveList<ToldBatch>
      title="Batches as they end"
      empty="No batch has ended since this page was opened."
      entryOf={batchOf}
      keyOf={({ seq }) => String(seq)}
    >
      {(batch) => <Line batch={batch} />}
    </LiveList>
  );
}

function batchOf(message: ReceivedMessage): ToldBatch | null {
  return message.eventType === 'batch_completed' ? (message as unknown as ToldBatch) : null;
}

function Line({ batch }: { batch: ToldBatch }) {
  const { timestamp, serviceName, operation, nodeId, state, items } = batch;
  return (
    <Group gap="sm">
      <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {time(timestamp)}
      </Text>
      <Badge variant="light" color={COLORS[state]} miw={92}>
        {state}
      </Badge>
      <Text size="sm" fw={600}>
        {serviceTitle(serviceName)} {words(operation).toLowerCase()}
      </Text>
      <Text size="sm" c="dimmed" flex={1} miw={200}>
        {items} {items === 1 ? 'request' : 'requests'}
        {batch.requestsSent !== undefined &&
          ` in ${batch.requestsSent} ${batch.requestsSent === 1 ? 'call' : 'calls'}`}
        {nodeId !== null && ` by ${nodeId}`}
        {batch.waitMs !== undefined && `, waited ${ms(batch.waitMs)}`}
        {batch.durationMs !== undefined && `, took ${ms(batch.durationMs)}`}
        {batch.costUsd !== undefined && `, ${dollars(batch.costUsd)}`}
        {batch.deadLettered !== undefined &&
          batch.deadLettered > 0 &&
          `, ${batch.deadLettered} to the dead letters`}
        {batch.reason !== undefined && `: ${batch.reason}`}
      </Text>
    </Group>
  );
}
