/** What chance decides about one request, each uniform in [0, 1). */
export interface Luck {
  /** Two for one normally distributed latency (Box–Muller). */
  latency: readonly [number, number];
  error: number;
  hang: number;
  reset: number;
  slow: number;
}

/**
 * The luck of a node's n-th request. It depends on nothing but the seed, the node and n: not on faults, on
 * time, or on what other nodes did. So two simulators with one seed treat the n-th request alike, and a fault
 * changes only the requests that it is about.
 */
export function luckOf(seed: number, stream: string, n: number): Luck {
  const start = mix(hash(stream) ^ mix(seed ^ mix(n)));
  const draw = (k: number) => mix(start + Math.imul(k + 1, 0x9e3779b9)) / 4_294_967_296;
  return { latency: [draw(0), draw(1)], error: draw(2), hang: draw(3), reset: draw(4), slow: draw(5) };
}

/** FNV-1a. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** The finalizer of MurmurHash3: every input bit changes every output bit with probability a half. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
