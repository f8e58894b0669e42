import { randomUUID } from 'node:crypto';
import { SignalboxError, type ServiceName, type WebhookSecretStatus } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import type { EntityManager } from 'typeorm';
import type { AuditStore, ChangedBy } from '../audit/audit-store.js';
import type { Keyring } from '../credentials/keyring.js';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';

/** More than any rotation needs; each costs a signature's time on deliveries that match none. */
const MAX_SECRETS = 10;

export interface RevealedSecret {
  id: string;
  serviceName: ServiceName;
  value: string;
}

/**
 * What deliveries are verified with: sealed under the keyring, several active at once, shown to nobody but the
 * verifiers. Adding and removing is audited, without the secret.
 */
export class WebhookSecrets {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(serviceName: ServiceName): Promise<WebhookSecretStatus[]> {
    return this.database.run((manager) => statuses(manager, serviceName));
  }

  /** Active from now on, beside the others. Rejects with CONFLICT when the source has ten. */
  add(serviceName: ServiceName, secret: string, by: ChangedBy): Promise<WebhookSecretStatus> {
    return this.change(serviceName, 'webhook-secret.add', by, async (manager, before) => {
      if (before.length >= MAX_SECRETS) {
        throw new SignalboxError('CONFLICT', `${serviceName} has ${MAX_SECRETS} secrets: remove one first`);
      }
      const id = randomUUID();
      const { keyId, nonce, ciphertext } = this.keyring.seal(secret, contextOf(serviceName, id));
      const createdAt = new Date(this.clock.nowMs()).toISOString();
      await manager.query(
        `INSERT INTO webhook_secrets (id, service_name, key_id, nonce, ciphertext, created_at, created_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7)`,
        [id, serviceName, keyId, nonce, ciphertext, createdAt, by.actor],
      );
      return { id, createdAt, createdBy: by.actor, lastUsedAt: null };
    });
  }

  /** Gone at once, ciphertext and all. Rejects with NOT_FOUND. */
  async remove(serviceName: ServiceName, id: string, by: ChangedBy): Promise<void> {
    await this.change(serviceName, 'webhook-secret.remove', by, async (manager, before) => {
      if (!before.some((status) => status.id === id)) {
        throw new SignalboxError('NOT_FOUND', `${serviceName} has no such secret`);
      }
      await manager.query('DELETE FROM webhook_secrets WHERE id = $1', [id]);
    });
  }

  /** For the verifiers: all of every source, newest first. Rejects when one does not decrypt. */
  async reveal(): Promise<RevealedSecret[]> {
    const rows = await this.database.query<SecretRow>(
      'SELECT id, service_name, key_id, nonce, ciphertext FROM webhook_secrets ORDER BY created_at DESC, id',
    );
    return rows.map((row) => ({ id: row.id, serviceName: row.service_name, value: this.open(row) }));
  }

  /** Notes when secrets last verified something; epoch ms by id. */
  async noteUsed(usedAtMs: ReadonlyMap<string, number>): Promise<void> {
    if (usedAtMs.size === 0) return;
    await this.database.query(
      `UPDATE webhook_secrets s SET last_used_at = greatest(s.last_used_at, used.at)
       FROM unnest($1::uuid[], $2::timestamptz[]) AS used(id, at) WHERE s.id = used.id`,
      [[...usedAtMs.keys()], [...usedAtMs.values()].map((ms) => new Date(ms).toISOString())],
    );
  }

  /** Moves every secret to the keyring's active key. Returns how many moved; replicas may all do it. */
  async reencrypt(): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.query<SecretRow[]>(
        'SELECT id, service_name, key_id, nonce, ciphertext FROM webhook_secrets WHERE key_id <> $1 FOR UPDATE',
        [this.keyring.activeKeyId],
      );
      for (const row of rows) {
        const sealed = this.keyring.seal(this.open(row), contextOf(row.service_name, row.id));
        await manager.query(
          'UPDATE webhook_secrets SET key_id = $2, nonce = $3, ciphertext = $4 WHERE id = $1',
          [row.id, sealed.keyId, sealed.nonce, sealed.ciphertext],
        );
      }
      return rows.length;
    });
  }

  private change<T>(
    serviceName: ServiceName,
    action: string,
    by: ChangedBy,
    work: (manager: EntityManager, before: WebhookSecretStatus[]) => Promise<T>,
  ): Promise<T> {
    return this.audit.transaction(async (manager, record) => {
      await lockInTransaction(manager, 'credentials', `webhook:${serviceName}`);
      const before = await statuses(manager, serviceName);
      const result = await work(manager, before);
      const after = await statuses(manager, serviceName);
      await record({ by, action, object: `webhook-source:${serviceName}`, before, after });
      return result;
    });
  }

  private open(row: SecretRow): string {
    const { id, service_name: serviceName, key_id: keyId, nonce, ciphertext } = row;
    try {
      return this.keyring.open({ keyId, nonce, ciphertext }, contextOf(serviceName, id));
    } catch (cause) {
      throw new Error(`webhook secret ${id} of ${serviceName} does not decrypt`, { cause });
    }
  }
}

interface SecretRow {
  id: string;
  service_name: ServiceName;
  key_id: string;
  nonce: Buffer;
  ciphertext: Buffer;
}

async function statuses(manager: EntityManager, serviceName: ServiceName): Promise<WebhookSecretStatus[]> {
  const rows = await manager.query<
    { id: string; created_at: string; created_by: string; last_used_at: string | null }[]
  >(
    `SELECT id, created_at, created_by, last_used_at FROM webhook_secrets WHERE service_name = $1
     ORDER BY created_at DESC, id`,
    [serviceName],
  );
  return rows.map((row) => ({
    id: row.id,
    createdAt: row.created_at,
    createdBy: row.created_by,
    lastUsedAt: row.last_used_at,
  }));
}

/** Binds a ciphertext to its row: moved to another source or secret, it does not open. */
function contextOf(serviceName: ServiceName, id: string): string {
  return `signalbox/webhook-secret/v1\n${serviceName}\n${id}`;
}
