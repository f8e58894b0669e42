import type { ServiceName } from '@signalbox/contracts';
import { canonicalJson } from '../wire/canonical-json.js';
import { sha256 } from '../wire/digest.js';

export interface Asked {
  readonly tenant: string;
  readonly service: ServiceName;
  /** The operation; with `request`, its HTTP method and path are part of the body. */
  readonly operation: string;
  readonly payload: unknown;
  readonly effect: 'read' | 'write';
  readonly idempotencyKey?: string;
}

export interface DeduplicationKey {
  /** Equal for requests of which only one is to be made. */
  readonly key: string;
  /** Equal for equal bodies: the same key with another one is a mistake of the caller's. */
  readonly fingerprint: string;
}

/**
 * SHA-256 over tenant, service, method and the body in canonical form (RFC 8785). A read's key is its body; a write's
 * is the caller's idempotency key, and without one it has none: two equal messages may both be meant.
 */
export function deduplicationKey(asked: Asked): DeduplicationKey | null {
  const { tenant, service, operation, effect, idempotencyKey } = asked;
  const fingerprint = sha256(canonicalJson(asked.payload));
  const name = effect === 'read' ? ['read', fingerprint] : ['write', idempotencyKey];
  if (effect === 'write' && idempotencyKey === undefined) return null;
  return { key: sha256(canonicalJson([tenant, service, operation, ...name])), fingerprint };
}
