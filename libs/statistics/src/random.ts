import type { Rng } from './clock.js';

/**
 * A seeded generator: sfc32 ("small fast counter", Chris Doty-Humphrey, PractRand), its state filled by
 * splitmix32 so that neighbouring seeds do not give neighbouring streams. For spreading load and for tests;
 * never for secrets.
 */
export function seededRandom(seed: number): Rng {
  let state = seed | 0;
  const splitmix32 = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) | 0;
  };
  let a = splitmix32();
  let b = splitmix32();
  let c = splitmix32();
  let counter = 1;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + mixed) | 0;
    return (mixed >>> 0) / 2 ** 32;
  };
  // The author's warm-up: the first outputs still show the seed.
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** One draw from N(0, 1), by Box and Muller (1958). */
export function sampleNormal(rng: Rng): number {
  // 1 − u is in (0, 1]: the logarithm stays finite.
  return Math.sqrt(-2 * Math.log(1 - rng())) * Math.cos(2 * Math.PI * rng());
}

/** One draw from Beta(alpha, beta), both > 0, as a ratio of gammas. */
export function sampleBeta(alpha: number, beta: number, rng: Rng): number {
  const x = sampleGamma(alpha, rng);
  const y = sampleGamma(beta, rng);
  // Both can underflow to 0 when the shapes are tiny; the mean is then as good as any draw.
  return x + y > 0 ? x / (x + y) : alpha / (alpha + beta);
}

/** Gamma(shape, 1) by Marsaglia and Tsang (2000); below shape 1 by their boost, Gamma(a) = Gamma(a+1)·U^(1/a). */
function sampleGamma(shape: number, rng: Rng): number {
  if (shape < 1) return sampleGamma(shape + 1, rng) * (1 - rng()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = sampleNormal(rng);
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - rng();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
