import { randomUUID } from 'node:crypto';
import { SignalboxError, type Page, type TokenRevocation } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import type { AuditStore, ChangedBy } from '../audit/audit-store.js';
import type { Database } from '../database/database.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';

/** Every process holds them all in memory, and reads them all at start. */
const MAX_REVOCATIONS = 10_000;

/** A revocation as processes go by it: an undone one is told too, for those that knew it. */
export interface RecordedRevocation extends TokenRevocation {
  undoneAt: string | null;
}

/** What to revoke: one token, or what a subject was issued so far; the other one null. */
export type NewRevocation = Pick<
  TokenRevocation,
  'tokenId' | 'subject' | 'reason' | 'revokedAt' | 'expiresAt'
>;

/** Tokens that are refused before they expire. A change and its audit are one transaction. */
export class RevocationStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
  ) {}

  /** Rejects with CONFLICT while 10,000 are in force or undone and not expired. */
  revoke(revocation: NewRevocation, by: ChangedBy): Promise<RecordedRevocation> {
    return this.audit.transaction(async (manager, record) => {
      await forgetExpired(manager, revocation.revokedAt);
      const [{ count }] = await manager.query<[{ count: number }]>('SELECT count(*) FROM token_revocations');
      if (count >= MAX_REVOCATIONS) {
        const message = `There are ${MAX_REVOCATIONS} revocations: withdraw the signing key instead`;
        throw new SignalboxError('CONFLICT', message);
      }
      const { tokenId, subject, reason, revokedAt, expiresAt } = revocation;
      const [row] = await manager.query<[RecordedRevocation]>(
        `INSERT INTO token_revocations (id, token_id, subject, reason, revoked_by, revoked_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${COLUMNS}`,
        [randomUUID(), tokenId, subject, reason, by.actor, revokedAt, expiresAt],
      );
      await record({ by, action: 'token.revoke', object: objectOf(row), after: audited(row) });
      return row;
    });
  }

  /** Rejects with NOT_FOUND for one that is not in force. */
  undo(revocationId: string, nowMs: number, by: ChangedBy): Promise<RecordedRevocation> {
    const now = new Date(nowMs).toISOString();
    return this.audit.transaction(async (manager, record) => {
      const [[row]] = await manager.query<[RecordedRevocation[], number]>(
        `UPDATE token_revocations SET undone_at = $2
         WHERE id = $1 AND undone_at IS NULL AND expires_at > $2 RETURNING ${COLUMNS}`,
        [revocationId, now],
      );
      if (row === undefined)
        throw new SignalboxError('NOT_FOUND', `No revocation ${revocationId} is in force`);
      await record({ by, action: 'token.restore', object: objectOf(row), before: audited(row) });
      return row;
    });
  }

  /** Those in force, newest first. */
  async list(request: PageRequest, nowMs: number): Promise<Page<TokenRevocation>> {
    const limit = limitOf(request);
    const after = keyOf(request, ['time', 'text']);
    const rows = await this.database.query<RecordedRevocation>(
      `SELECT ${COLUMNS} FROM token_revocations
       WHERE undone_at IS NULL AND expires_at > $1
         AND ($2::timestamptz IS NULL OR (revoked_at, id::text) < ($2, $3))
       ORDER BY revoked_at DESC, id::text DESC LIMIT $4`,
      [new Date(nowMs).toISOString(), after?.[0] ?? null, after?.[1] ?? null, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => [row.revokedAt, row.revocationId],
      ({ undoneAt: _, ...row }) => row,
    );
  }

  /** All that have not expired, undone ones too. */
  recorded(nowMs: number): Promise<RecordedRevocation[]> {
    return this.database.query<RecordedRevocation>(
      `SELECT ${COLUMNS} FROM token_revocations WHERE expires_at > $1`,
      [new Date(nowMs).toISOString()],
    );
  }
}

const COLUMNS = `id AS "revocationId", token_id AS "tokenId", subject, reason, revoked_by AS "revokedBy",
  revoked_at AS "revokedAt", expires_at AS "expiresAt", undone_at AS "undoneAt"`;

async function forgetExpired(manager: EntityManager, now: string): Promise<void> {
  await manager.query('DELETE FROM token_revocations WHERE expires_at <= $1', [now]);
}

function objectOf({ tokenId, subject }: TokenRevocation): string {
  return tokenId === null ? `subject:${subject}` : `token:${tokenId}`;
}

/** Which token it is, is in the object's name: a field called token would be redacted. */
function audited({ revocationId, reason, revokedAt, expiresAt }: TokenRevocation): object {
  return { revocationId, reason, revokedAt, expiresAt };
}
