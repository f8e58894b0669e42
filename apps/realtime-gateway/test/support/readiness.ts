import type { JetStreamManager } from '@nats-io/jetstream';
import { wildcardOf, type Fact, type RealtimeMetrics } from '@signalbox/contracts';
import type { RestApi } from '@signalbox/hosting/testing';
import { streamOf } from '@signalbox/messaging';
import { eventually } from '@signalbox/testkit';

/**
 * What a gateway begins by itself after it takes traffic: what a test tells before that is told to nobody, or is asked for
 * more often than one connection may ask.
 */

/** Resolves when each of these gateways has opened its rooms. */
export async function roomsAreOpen(...gateways: RestApi[]): Promise<void> {
  for (const gateway of gateways) {
    await eventually(async () => {
      const { data } = await gateway.get<RealtimeMetrics>('/external-services/realtime-metrics');
      return Object.values(data.rooms).every(({ seq }) => seq !== null);
    });
  }
}

/** Resolves when the fact is read under a durable name, and by so many besides, each for itself. */
export async function isRead(
  manager: JetStreamManager,
  fact: Fact,
  { durable, others = 0 }: { durable: string; others?: number },
): Promise<void> {
  await eventually(async () => {
    const names: string[] = [];
    for await (const { name, config } of manager.consumers.list(streamOf(fact))) {
      const filters = [config.filter_subject, ...(config.filter_subjects ?? [])];
      if (filters.includes(wildcardOf(fact))) names.push(name);
    }
    return names.includes(durable) && names.length > others;
  });
}
