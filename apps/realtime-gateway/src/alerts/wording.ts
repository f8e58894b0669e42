/** Figures as an operator reads them. */

export const percent = (ratio: number): string => `${figure(ratio * 100)} %`;
export const usd = (dollars: number): string =>
  dollars !== 0 && Math.abs(dollars) < 0.01 ? `$${dollars.toPrecision(2)}` : `$${dollars.toFixed(2)}`;
export const clock = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`;

/** At most three digits that mean something: 0.0312, 12.3, 1840. */
export function figure(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

/** A figure in its unit; ratios as percent. */
export function inUnit(value: number, unit: string | null): string {
  if (unit === 'ratio') return percent(value);
  if (unit === 'usd_per_minute') return `${usd(value)} a minute`;
  return unit === null ? figure(value) : `${figure(value)} ${unit}`;
}

/** "1 request", "7 requests". */
export const counted = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;
