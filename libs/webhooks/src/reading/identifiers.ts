import { createHash } from 'node:crypto';
import type { Buffer } from 'node:buffer';

/** As `Identifier` of the contracts: what may stand in a subject, a key or a log line as it is. */
const IDENTIFIER = /^[A-Za-z0-9_.:@/-]{1,128}$/;

/** The provider's id; one that could not travel as it is becomes its digest, which is as good to tell events apart. */
export function identifier(text: string): string {
  return IDENTIFIER.test(text) ? text : digestOf(text);
}

export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

/** `sha256:<hex>`, for events without an id: the same bytes are the same event. */
export function digestOf(content: string | Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** `<kind>:<id>` where there is an id. */
export function entityOf(kind: string, id: unknown): string | null {
  if (typeof id !== 'string' && typeof id !== 'number') return null;
  const text = `${kind}:${id}`;
  return String(id) !== '' && IDENTIFIER.test(text) ? text : null;
}
