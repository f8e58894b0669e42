/** What a revocation goes by in a token. */
export interface RevocableToken {
  readonly caller: { readonly subject: string };
  /** The claim `jti`; null when it has none: then only its subject can be revoked. */
  readonly tokenId: string | null;
  /** The claim `iat`, epoch ms, which is whole seconds; null when it has none: then it counts as older than any revocation. */
  readonly issuedAtMs: number | null;
}

/** Of one token, or of every token of a subject issued up to `revokedAtMs`: one of the two is null. Times in epoch ms. */
export interface Revocation {
  readonly revocationId: string;
  readonly tokenId: string | null;
  readonly subject: string | null;
  readonly revokedAtMs: number;
  /** What it is about has ended by then: it is forgotten. */
  readonly expiresAtMs: number;
}

/**
 * The revocations in force, as this process knows them right now. Asked on every request: two look-ups, no I/O. Whoever
 * keeps them feeds it.
 */
export class RevokedTokens {
  private readonly revocations = new Map<string, Revocation>();
  private readonly tokenIds = new Set<string>();
  /** Tokens of the subject issued up to then are refused. */
  private readonly subjects = new Map<string, number>();
  private readonly listeners: (() => void)[] = [];

  get size(): number {
    return this.revocations.size;
  }

  /** Called after each revocation that was not known. */
  onAdded(listener: () => void): void {
    this.listeners.push(listener);
  }

  covers({ caller, tokenId, issuedAtMs }: RevocableToken): boolean {
    if (tokenId !== null && this.tokenIds.has(tokenId)) return true;
    const upToMs = this.subjects.get(caller.subject);
    // A token of the same second may be older or newer than the revocation: it counts as older.
    return upToMs !== undefined && (issuedAtMs ?? -Infinity) <= upToMs;
  }

  /** Idempotent. */
  add(revocation: Revocation): void {
    if (this.revocations.has(revocation.revocationId)) return;
    this.revocations.set(revocation.revocationId, revocation);
    this.apply(revocation);
    for (const tell of this.listeners) tell();
  }

  /** Undoes one; what another one covers stays revoked. Idempotent. */
  remove(revocationId: string): void {
    if (this.revocations.delete(revocationId)) this.applyAll();
  }

  forgetExpired(nowMs: number): void {
    const { size } = this.revocations;
    for (const [id, { expiresAtMs }] of this.revocations)
      if (expiresAtMs <= nowMs) this.revocations.delete(id);
    if (this.revocations.size < size) this.applyAll();
  }

  private applyAll(): void {
    this.tokenIds.clear();
    this.subjects.clear();
    for (const revocation of this.revocations.values()) this.apply(revocation);
  }

  private apply({ tokenId, subject, revokedAtMs }: Revocation): void {
    if (tokenId !== null) this.tokenIds.add(tokenId);
    if (subject !== null) {
      this.subjects.set(subject, Math.max(revokedAtMs, this.subjects.get(subject) ?? -Infinity));
    }
  }
}
