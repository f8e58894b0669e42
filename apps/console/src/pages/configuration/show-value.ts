import { count, dollars, words } from '../../parts/figures';
import { toPercent, type Field, type Unit } from './fields';

const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 10 });

/** A value as its reader wants it; null and absent by what that means. */
export function shownValue(field: Field, value: unknown): string {
  if (value === undefined) return field.absent ?? 'not set';
  if (value === null) return 'none';
  if (typeof value === 'number') return withUnit(value, field.unit);
  if (typeof value === 'boolean')
    return field.kind === 'tiers' ? (value ? 'all tiers' : 'none') : value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (typeof value !== 'string') return JSON.stringify(value);
  return field.kind === 'choice' ? words(value) : value;
}

function withUnit(value: number, unit: Unit | undefined): string {
  switch (unit) {
    case 'usd':
      return value >= 0.01 ? dollars(value) : `$${exact.format(value)}`;
    case 'ratio':
      return `${exact.format(toPercent(value))} %`;
    case 'percent':
      return `${exact.format(value)} %`;
    case 'ms':
      return duration(value);
    case 'minutes':
      return `${exact.format(value)} min`;
    case 'bytes':
      return bytes(value);
    case 'perSecond':
      return `${exact.format(value)} /s`;
    case undefined:
      return count(value);
  }
}

/** Exact, in the largest unit that stays short. */
export function duration(ms: number): string {
  if (ms >= 60_000 && ms % 60_000 === 0) return `${exact.format(ms / 60_000)} min`;
  if (ms >= 1_000 && ms % 100 === 0) return `${exact.format(ms / 1_000)} s`;
  return `${exact.format(ms)} ms`;
}

export function bytes(value: number): string {
  const mib = 1024 ** 2;
  if (value >= mib && value % mib === 0) return `${value / mib} MiB`;
  return value >= 1024 && value % 1024 === 0 ? `${value / 1024} KiB` : `${exact.format(value)} B`;
}
