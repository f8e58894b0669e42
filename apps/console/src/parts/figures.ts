/** Figures as people read them; what was not measured is a dash. */
export const NOT_MEASURED = '—';

export function ms(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOT_MEASURED;
  if (value < 1) return value === 0 ? '0 ms' : '< 1 ms';
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

/** `136 / 162 / 410 ms`: figures that belong together, in one unit. */
export function msOf(values: readonly (number | null)[]): string {
  if (values.every((value) => value === null)) return NOT_MEASURED;
  const seconds = values.some((value) => value !== null && value >= 1_000);
  const one = (value: number | null) => {
    if (value === null) return NOT_MEASURED;
    return seconds ? (value / 1_000).toFixed(1) : String(Math.round(value));
  };
  return `${values.map(one).join(' / ')} ${seconds ? 's' : 'ms'}`;
}

/** Of a ratio, 0..1; one decimal where less than ten. */
export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return NOT_MEASURED;
  const value = ratio * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  return `${value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0)} %`;
}

/** Down to the tenth of a cent where it is less than a dollar: calls cost that little. */
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

const plain = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOT_MEASURED;
  return value >= 100_000 ? short.format(value) : plain.format(value);
}

/** `12 /s`; a tenth where it is less than ten. */
export function perSecond(value: number | null | undefined): string {
  if (value === null || value === undefined) return NOT_MEASURED;
  return `${plain.format(Number(value.toFixed(value < 10 ? 1 : 0)))} /s`;
}

export function time(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return NOT_MEASURED;
  return new Date(iso).toLocaleTimeString('en-GB');
}

/** `LEAST_RESPONSE_TIME` → `Least response time`: words of the contract as people write them. */
export function words(name: string): string {
  const text = name.replaceAll('_', ' ').toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const ISO = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;

/** A sentence of the server as people read it: its times in the reader's zone, its first letter large. */
export function sentence(text: string): string {
  const local = text.replaceAll(ISO, (iso) => time(iso));
  return local.charAt(0).toUpperCase() + local.slice(1);
}
