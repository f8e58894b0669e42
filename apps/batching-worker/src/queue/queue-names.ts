import type { ServiceName } from '@signalbox/contracts';

/** Under which the module of the queues finds its connection: another app of the process may have queues too. */
export const QUEUES = 'batching';
/** Before every key of BullMQ's. */
export const QUEUE_PREFIX = 'signalbox:batching';
export const QUEUE_REDIS = Symbol('redis of the queues');

/** One queue a service. */
export function queueName(serviceName: ServiceName): string {
  return `batch-${serviceName}`;
}
