import { normalQuantile } from '../normal.js';

/**
 * The quantile of Student's t: exact for 1 and 2 degrees of freedom, else Hill (1970, Algorithm 396), whose error is
 * in the third digit at 3 degrees and falls fast. Infinitely many degrees are the normal's.
 *
 * @param p 0.5 to 1, exclusive
 */
export function studentQuantile(p: number, degrees: number): number {
  if (degrees === Infinity) return normalQuantile(p);
  const twoTails = 2 * (1 - p);
  if (degrees <= 1) return 1 / Math.tan((twoTails * Math.PI) / 2);
  if (degrees <= 2) return Math.sqrt(2 / (twoTails * (2 - twoTails)) - 2);
  const a = 1 / (degrees - 0.5);
  const b = 48 / (a * a);
  let c = (((20_700 * a) / b - 98) * a - 16) * a + 96.36;
  const d = ((94.5 / (b + c) - 3) / b + 1) * Math.sqrt((a * Math.PI) / 2) * degrees;
  let y = (d * twoTails) ** (2 / degrees);
  if (y > 0.05 + a) {
    const x = normalQuantile(1 - p);
    y = x * x;
    if (degrees < 5) c += 0.3 * (degrees - 4.5) * (x + 0.6);
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b;
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x;
    y = Math.expm1(a * y * y);
  } else {
    y =
      ((1 / (((degrees + 6) / (degrees * y) - 0.089 * d - 0.822) * (degrees + 2) * 3) + 0.5 / (degrees + 4)) *
        y -
        1) *
        ((degrees + 1) / (degrees + 2)) +
      1 / y;
  }
  return Math.sqrt(degrees * y);
}
