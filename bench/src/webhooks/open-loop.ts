import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { SignedDelivery } from './deliveries.js';

/** Latencies in ms, sorted. From the moment a request was due, whether or not the one before was answered. */
export type Latencies = readonly number[];

/** Enough that a slow answer never keeps the next request from leaving at its time. */
const CONNECTIONS = 256;

/**
 * Sends the deliveries at a steady rate, as the world does: a server that stalls is charged for every request that
 * was due meanwhile. Throws when one is not answered with success.
 */
export async function openLoop(
  url: string,
  deliveries: readonly SignedDelivery[],
  perSecond: number,
): Promise<Latencies> {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: CONNECTIONS });
  const latencies: number[] = [];
  try {
    const startedMs = performance.now() + 50;
    const answers: Promise<void>[] = [];
    for (let sent = 0; sent < deliveries.length;) {
      const due = Math.min(
        deliveries.length,
        Math.floor(((performance.now() - startedMs) * perSecond) / 1_000) + 1,
      );
      for (; sent < due; sent++) {
        const dueMs = startedMs + (sent * 1_000) / perSecond;
        answers.push(
          post(pool, path, deliveries[sent] as SignedDelivery).then(
            () => void latencies.push(performance.now() - dueMs),
          ),
        );
      }
      await delay(1);
    }
    await Promise.all(answers);
  } finally {
    await pool.close();
  }
  return latencies.sort((a, b) => a - b);
}

async function post(pool: Pool, path: string, { headers, body }: SignedDelivery): Promise<void> {
  const answer = await pool.request({ method: 'POST', path, headers, body });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
}

/** `q` in 0..1; 0.1 ms exact. */
export function quantile(sorted: readonly number[], q: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? NaN;
  return Math.round(value * 10) / 10;
}
