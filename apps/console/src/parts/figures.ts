/** Figures as people read them; what was not measured is a dash. */
const NOT_MEASURED = '—';

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOT_MEASURED;
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return NOT_MEASURED;
  return `${(ratio * 100).toFixed(ratio < 0.1 && ratio > 0 ? 1 : 0)} %`;
}

export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOT_MEASURED;
  const digits = Math.abs(value) < 1 ? 4 : 2;
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(value);
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? NOT_MEASURED : new Intl.NumberFormat('en').format(value);
}

export function time(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return NOT_MEASURED;
  return new Date(iso).toLocaleTimeString();
}
