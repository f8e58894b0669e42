import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { CredentialStore, type FeedKey } from '@signalbox/persistence';
import { RedisConnection, SharedPacer } from '@signalbox/redis';
import { PAYLOADS_PER_CALL } from '@signalbox/webhooks';
import { Agent, request } from 'undici';
import { WEBHOOK_INGEST_SETTINGS, type WebhookIngestSettings } from '../config.js';

/** What Airtable answered; `body` null where it is not JSON. */
export interface AirtableAnswer {
  status: number;
  body: unknown;
}

/** Airtable's limit, by base: beyond it every call is refused for half a minute. */
const PACE = { requestsPerSecond: 5, burst: 1 };
const INTERVAL_MS = 1_000 / PACE.requestsPerSecond;
const REST_AFTER_LIMIT_MS = 30_000;
const TIMEOUT_MS = 10_000;
/** Fifty payloads of changes; a larger answer is refused and not read. */
const MAX_ANSWER_BYTES = 32 * 1024 ** 2;

/** Airtable's API of webhooks, at its pace over all replicas. */
@Injectable()
export class AirtableApi implements BeforeApplicationShutdown {
  private readonly agent = new Agent({ maxResponseSize: MAX_ANSWER_BYTES, connections: 4 });
  private readonly pacer: SharedPacer;
  private readonly stopping = new AbortController();
  /** While Redis is away: when each base may be called again, by this replica. */
  private readonly nextCallMs = new Map<string, number>();

  constructor(
    private readonly credentials: CredentialStore,
    redis: RedisConnection,
    @Inject(WEBHOOK_INGEST_SETTINGS) private readonly settings: WebhookIngestSettings,
  ) {
    this.pacer = new SharedPacer(redis);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.agent.destroy();
  }

  /** https://airtable.com/developers/web/api/list-webhook-payloads */
  payloads({ baseId, webhookId }: FeedKey, cursor: number): Promise<AirtableAnswer> {
    const path = `/v0/bases/${baseId}/webhooks/${webhookId}/payloads?cursor=${cursor}&limit=${PAYLOADS_PER_CALL}`;
    return this.call(baseId, 'GET', path);
  }

  /** https://airtable.com/developers/web/api/refresh-a-webhook */
  refresh({ baseId, webhookId }: FeedKey): Promise<AirtableAnswer> {
    return this.call(baseId, 'POST', `/v0/bases/${baseId}/webhooks/${webhookId}/refresh`);
  }

  private async call(baseId: string, method: 'GET' | 'POST', path: string): Promise<AirtableAnswer> {
    const secrets = await this.credentials.reveal(this.settings.airtableNodeId);
    let answer: AirtableAnswer | undefined;
    // The newest first; an older one while Airtable does not know that one yet.
    for (const { secret } of secrets) {
      await this.turn(baseId);
      answer = await this.ask(method, path, secret);
      if (answer.status !== 401) break;
    }
    if (answer === undefined) {
      throw new SignalboxError('NOT_FOUND', `${this.settings.airtableNodeId} has no credential`);
    }
    if (answer.status === 429) {
      this.nextCallMs.set(baseId, performance.now() + REST_AFTER_LIMIT_MS);
      await this.pacer.rest(lane(baseId), REST_AFTER_LIMIT_MS).catch(() => undefined);
    }
    return answer;
  }

  private async ask(method: 'GET' | 'POST', path: string, secret: string): Promise<AirtableAnswer> {
    const { statusCode, body } = await request(new URL(path, this.settings.airtableBaseUrl), {
      method,
      dispatcher: this.agent,
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.any([this.stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const text = await body.text();
    return { status: statusCode, body: parsed(text) };
  }

  /** Resolves when it is this call's turn. */
  private async turn(baseId: string): Promise<void> {
    for (;;) {
      const waitMs = await this.pacer.take(lane(baseId), PACE).catch(() => this.turnAlone(baseId));
      if (waitMs === 0) return;
      await pause(waitMs, this.stopping.signal);
    }
  }

  private turnAlone(baseId: string): number {
    const nowMs = performance.now();
    const waitMs = (this.nextCallMs.get(baseId) ?? 0) - nowMs;
    if (waitMs > 0) return Math.ceil(waitMs);
    if (this.nextCallMs.size >= 1_000) this.nextCallMs.clear();
    this.nextCallMs.set(baseId, nowMs + INTERVAL_MS);
    return 0;
  }
}

/** The lane by which everybody of us calls a base. */
function lane(baseId: string): string {
  return `airtable:${baseId}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
