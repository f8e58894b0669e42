/**
 * JSON in the one form of RFC 8785 (JCS): no blanks, members sorted by UTF-16 code units, numbers and strings as
 * ECMAScript writes them. Two values have the same text exactly when they are the same JSON. Members that JSON has
 * no value for (undefined) are left out, as `JSON.stringify` does.
 *
 * Throws TypeError on what JSON cannot say: NaN, infinities, lone surrogates, functions, bigints.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (/\p{Surrogate}/u.test(value)) throw new TypeError('a lone surrogate has no form in UTF-8');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((one) => canonicalJson(one ?? null)).join(',')}]`;
      return canonicalObject(value as Record<string, unknown>);
    default:
      throw new TypeError(`${typeof value} is not JSON`);
  }
}

function canonicalObject(value: Record<string, unknown>): string {
  const members: string[] = [];
  // The default order of `sort` is that of UTF-16 code units, as the RFC asks.
  for (const name of Object.keys(value).sort()) {
    if (value[name] === undefined) continue;
    members.push(`${canonicalJson(name)}:${canonicalJson(value[name])}`);
  }
  return `{${members.join(',')}}`;
}
