import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@signalbox/dev-stack';
import { host } from '@signalbox/hosting';
import { issueDevelopmentToken, loadSettings } from '@signalbox/platform';
import { webhookIngest } from '@signalbox/webhook-ingest';
import { startChild, type Child } from '../children/child.js';
import { WEBHOOK_SECRET, stripeDelivery } from './deliveries.js';

export interface Ingest extends Child<{ url: string }> {
  /** Where Stripe sends its webhooks. */
  webhookUrl: string;
}

export function ingestEnvironment(
  { natsUrl, redisUrl, databaseUrl }: Pick<Stack, 'natsUrl' | 'redisUrl' | 'databaseUrl'>,
  replicaId: string,
): Record<string, string> {
  return {
    NATS_URL: natsUrl,
    REDIS_URL: redisUrl,
    DATABASE_URL: databaseUrl,
    PORT: '0',
    LOG_LEVEL: 'error',
    REPLICA_ID: replicaId,
  };
}

/** A replica in a process of its own that takes Stripe's webhooks; gives it a secret when there is none yet. */
export async function startIngest(env: Record<string, string>): Promise<Ingest> {
  const child = await startChild<{ url: string }>('webhook-ingest', env);
  const api = `${child.ready.url}/api/v1`;
  const token = await issueDevelopmentToken(
    { role: 'admin', subject: 'bench' },
    loadSettings(host(webhookIngest).settings, env),
  );
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const source = `${api}/admin/webhook-sources/stripe`;
  for (;;) {
    const answer = await fetch(source, { headers });
    const shown = answer.ok ? ((await answer.json()) as { data: { secrets: unknown[] } }).data : null;
    if (shown?.secrets.length === 0) {
      await fetch(`${source}/secrets`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ secret: WEBHOOK_SECRET }),
      });
    }
    if ((shown?.secrets.length ?? 0) > 0) break;
    await delay(50);
  }
  const webhookUrl = `${api}/external-services/webhook/stripe`;
  while (!(await takes(webhookUrl))) await delay(50);
  return Object.assign(child, { webhookUrl });
}

async function takes(webhookUrl: string): Promise<boolean> {
  const { headers, body } = stripeDelivery('evt_first', 0);
  const answer = await fetch(webhookUrl, { method: 'POST', headers, body: new Uint8Array(body) });
  await answer.arrayBuffer();
  return answer.ok;
}
