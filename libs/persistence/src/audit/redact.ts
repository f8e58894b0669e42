const SECRET_NAME = /secret|password|passwd|passphrase|token|api_?-?key|private_?-?key|authorization|cipher/i;
const REDACTED = '[redacted]';
/** Deeper than any honest configuration; only keeps a hostile body from exhausting the stack. */
const MAX_DEPTH = 20;

/** A copy with the value of every field that is named like a secret replaced, however deep. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      SECRET_NAME.test(name) && field !== null ? REDACTED : redact(field, depth + 1),
    ]),
  );
}
