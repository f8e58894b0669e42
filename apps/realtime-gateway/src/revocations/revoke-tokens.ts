import { Inject, Injectable } from '@nestjs/common';
import {
  SignalboxError,
  type FieldError,
  type Page,
  type RevocationsQuery,
  type RevokeTokens,
  type TokenRevocation,
} from '@signalbox/contracts';
import { CLOCK, LiveRevocations } from '@signalbox/hosting';
import { RevocationStore, type ChangedBy, type RecordedRevocation } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';

/** No token should live longer; one that does is revoked again, or its key withdrawn. */
const MAX_LIFE_MS = 30 * 86_400_000;

/** Takes tokens out of use before they expire, and back into it. */
@Injectable()
export class RevokeOrRestoreTokens {
  constructor(
    private readonly store: RevocationStore,
    private readonly live: LiveRevocations,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Refused everywhere within a second. Revoking again is another revocation.
   * @throws SignalboxError VALIDATION_FAILED naming the field; CONFLICT when there are too many
   */
  async revoke(request: RevokeTokens, by: ChangedBy): Promise<TokenRevocation> {
    const nowMs = this.clock.nowMs();
    const expiresAtMs = request.expiresAt === undefined ? nowMs + MAX_LIFE_MS : Date.parse(request.expiresAt);
    assertRevocable(request, expiresAtMs, nowMs);
    const { tokenId = null, subject = null, reason } = request;
    const recorded = await this.store.revoke(
      {
        tokenId,
        subject,
        reason,
        revokedAt: new Date(nowMs).toISOString(),
        expiresAt: new Date(expiresAtMs).toISOString(),
      },
      by,
    );
    await this.live.announce(recorded);
    return shown(recorded);
  }

  /** @throws SignalboxError NOT_FOUND for one that is not in force */
  async restore(revocationId: string, by: ChangedBy): Promise<TokenRevocation> {
    const recorded = await this.store.undo(revocationId, this.clock.nowMs(), by);
    await this.live.announce(recorded);
    return shown(recorded);
  }

  /** Those in force, newest first. */
  list(query: RevocationsQuery): Promise<Page<TokenRevocation>> {
    return this.store.list(query, this.clock.nowMs());
  }
}

function assertRevocable({ tokenId, subject }: RevokeTokens, expiresAtMs: number, nowMs: number): void {
  const fields: FieldError[] = [];
  if (tokenId === undefined && subject === undefined) {
    fields.push({ path: 'tokenId', message: 'is required, or subject' });
  }
  if (tokenId !== undefined && subject !== undefined) {
    fields.push({ path: 'subject', message: 'must be absent where tokenId is given' });
  }
  if (!(expiresAtMs > nowMs && expiresAtMs <= nowMs + MAX_LIFE_MS)) {
    fields.push({ path: 'expiresAt', message: 'must be within the next 30 days' });
  }
  const [first] = fields;
  if (first === undefined) return;
  throw new SignalboxError('VALIDATION_FAILED', `${first.path}: ${first.message}`, { fields });
}

function shown({ undoneAt: _, ...revocation }: RecordedRevocation): TokenRevocation {
  return revocation;
}
