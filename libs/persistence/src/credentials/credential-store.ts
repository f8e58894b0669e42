import { randomUUID } from 'node:crypto';
import { SignalboxError } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import { IsNull, Not, type EntityManager } from 'typeorm';
import type { AuditStore, AuditedChange, ChangedBy } from '../audit/audit-store.js';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import { serviceNamedBy } from '../service-named-by.js';
import type { Keyring } from './keyring.js';
import { NodeCredentialEntity } from './node-credential.entity.js';

/** `active` has no end yet, `retiring` still works until `expiresAt`. */
export type CredentialState = 'active' | 'retiring' | 'expired' | 'revoked';

/** All that is ever told about a credential. */
export interface CredentialStatus {
  id: string;
  nodeId: string;
  state: CredentialState;
  createdAt: string;
  createdBy: string;
  expiresAt: string | null;
  revokedAt: string | null;
  /** The key that it is encrypted under; null once revoked. */
  keyId: string | null;
}

export interface RevealedCredential {
  id: string;
  secret: string;
  expiresAt: string | null;
}

/**
 * The secrets that calls to provider nodes are made with: encrypted under a keyring, shown to nobody but the
 * worker that makes the calls. Every change is audited, without the secret.
 */
export class CredentialStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  /** The node's only credential from now on: whatever it had before ends at once. */
  set(nodeId: string, secret: string, by: ChangedBy): Promise<CredentialStatus> {
    return this.replace(nodeId, secret, 0, { by, action: 'credential.set' });
  }

  /**
   * A new credential beside the one there is, which works on until the overlap ends. Rejects with NOT_FOUND
   * when the node has none that works.
   */
  rotate(nodeId: string, secret: string, overlapMinutes: number, by: ChangedBy): Promise<CredentialStatus> {
    return this.replace(nodeId, secret, overlapMinutes * 60_000, { by, action: 'credential.rotate' });
  }

  /**
   * Ends all that the node has, at once, and wipes the ciphertext. Revoking again changes nothing. Rejects
   * with NOT_FOUND when the node never had any.
   */
  revoke(nodeId: string, by: ChangedBy): Promise<CredentialStatus[]> {
    return this.changeNode(nodeId, async (manager, before) => {
      if (before.length === 0) throw noCredential(nodeId);
      const revokedAt = new Date(this.clock.nowMs()).toISOString();
      await manager.update(
        NodeCredentialEntity,
        { nodeId, revokedAt: IsNull() },
        { revokedAt, keyId: null, nonce: null, ciphertext: null },
      );
      return { by, action: 'credential.revoke', result: (after) => after };
    });
  }

  /** Of one node, or of all; newest first within a node. */
  async statuses(nodeId?: string): Promise<CredentialStatus[]> {
    const rows = await this.database.run((manager) =>
      nodeId === undefined
        ? manager.find(NodeCredentialEntity, { order: { nodeId: 'ASC', createdAt: 'DESC' } })
        : load(manager, nodeId),
    );
    return rows.map((row) => this.statusOf(row));
  }

  /** The nodes that nothing may be sent to: they had credentials, and none that is left works. */
  async revokedNodeIds(): Promise<string[]> {
    const rows = await this.database.query<{ node_id: string }>(
      `SELECT node_id FROM node_credentials
       GROUP BY node_id
       HAVING NOT bool_or(revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $1))
       ORDER BY node_id`,
      [this.nowIso()],
    );
    return rows.map((row) => row.node_id);
  }

  /**
   * For the worker that calls providers: what works now, newest first; the older ones for a provider that does
   * not know the new one yet. Rejects when one does not decrypt: it was tampered with, or its key is gone.
   */
  async reveal(nodeId: string): Promise<RevealedCredential[]> {
    const rows = await this.database.run((manager) => load(manager, nodeId));
    return rows
      .filter((row) => this.works(row))
      .map((row) => ({ id: row.id, secret: this.open(row), expiresAt: row.expiresAt }));
  }

  /**
   * Moves every secret to the keyring's active key, so that older keys can leave the ring. Returns how many
   * moved; running it again, or on several replicas, is harmless.
   */
  async reencrypt(): Promise<number> {
    return this.database.transaction(async (manager) => {
      const rows = await manager.find(NodeCredentialEntity, {
        where: { keyId: Not(this.keyring.activeKeyId) },
        lock: { mode: 'pessimistic_write' },
      });
      for (const row of rows) {
        await manager.update(
          NodeCredentialEntity,
          { id: row.id },
          this.keyring.seal(this.open(row), contextOf(row)),
        );
      }
      return rows.length;
    });
  }

  private replace(
    nodeId: string,
    secret: string,
    overlapMs: number,
    change: { by: ChangedBy; action: 'credential.set' | 'credential.rotate' },
  ): Promise<CredentialStatus> {
    return this.changeNode(nodeId, async (manager, before) => {
      const working = before.filter((row) => this.works(row));
      if (change.action === 'credential.rotate' && working.length === 0) throw noCredential(nodeId);
      const nowMs = this.clock.nowMs();
      const endsAt = new Date(nowMs + overlapMs).toISOString();
      for (const row of working) {
        // An overlap that already ends sooner stays as short as it was promised.
        if (row.expiresAt === null || row.expiresAt > endsAt) {
          await manager.update(NodeCredentialEntity, { id: row.id }, { expiresAt: endsAt });
        }
      }
      const id = randomUUID();
      const row = { id, nodeId, createdAt: new Date(nowMs).toISOString(), createdBy: change.by.actor };
      await manager.insert(NodeCredentialEntity, { ...row, ...this.keyring.seal(secret, contextOf(row)) });
      return { ...change, result: (after) => after.find((status) => status.id === id) as CredentialStatus };
    });
  }

  /** One change of a node's credentials at a time, audited as the statuses before and after. */
  private changeNode<T>(
    nodeId: string,
    work: (
      manager: EntityManager,
      before: NodeCredentialEntity[],
    ) => Promise<{ by: ChangedBy; action: string; result: (after: CredentialStatus[]) => T }>,
  ): Promise<T> {
    return this.audit.transaction(async (manager, record) => {
      await lockInTransaction(manager, 'credentials', nodeId);
      const before = await load(manager, nodeId);
      const { by, action, result } = await work(manager, before);
      const after = (await load(manager, nodeId)).map((row) => this.statusOf(row));
      await record({
        by,
        action,
        object: `node:${nodeId}`,
        ...(await serviceOfNode(manager, nodeId)),
        before: before.map((row) => this.statusOf(row)),
        after,
      });
      return result(after);
    });
  }

  private statusOf(row: NodeCredentialEntity): CredentialStatus {
    const { nonce: _nonce, ciphertext: _ciphertext, ...shown } = row;
    return { ...shown, state: this.stateOf(row) };
  }

  private stateOf(row: NodeCredentialEntity): CredentialState {
    if (row.revokedAt !== null) return 'revoked';
    if (row.expiresAt === null) return 'active';
    return row.expiresAt > this.nowIso() ? 'retiring' : 'expired';
  }

  private works(row: NodeCredentialEntity): boolean {
    const state = this.stateOf(row);
    return state === 'active' || state === 'retiring';
  }

  private open(row: NodeCredentialEntity): string {
    const { keyId, nonce, ciphertext } = row;
    if (keyId === null || nonce === null || ciphertext === null)
      throw new Error(`credential ${row.id} is wiped`);
    try {
      return this.keyring.open({ keyId, nonce, ciphertext }, contextOf(row));
    } catch (cause) {
      throw new Error(`credential ${row.id} of node ${row.nodeId} does not decrypt`, { cause });
    }
  }

  private nowIso(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}

/** Binds a ciphertext to its row: moved to another node or credential, it does not open. */
function contextOf(row: { id: string; nodeId: string }): string {
  return `signalbox/node-credential/v1\n${row.nodeId}\n${row.id}`;
}

function load(manager: EntityManager, nodeId: string): Promise<NodeCredentialEntity[]> {
  return manager.find(NodeCredentialEntity, { where: { nodeId }, order: { createdAt: 'DESC' } });
}

/** Of the live catalog: which service has the node. */
async function serviceOfNode(
  manager: EntityManager,
  nodeId: string,
): Promise<Pick<AuditedChange, 'serviceName'>> {
  const [row] = await manager.query<{ object: string }[]>(
    `SELECT object FROM config_heads JOIN config_versions USING (object, version)
     WHERE starts_with(object, 'service:') AND body->'nodes' @> jsonb_build_array(jsonb_build_object('nodeId', $1::text))`,
    [nodeId],
  );
  const serviceName = row === undefined ? null : serviceNamedBy(row.object);
  return serviceName === null ? {} : { serviceName };
}

function noCredential(nodeId: string): SignalboxError {
  return new SignalboxError('NOT_FOUND', `Node ${nodeId} has no credential`);
}
