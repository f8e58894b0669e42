import type { ServiceSummary, Summary } from './summary.js';

const HEAD = [
  'service',
  'calls',
  'success',
  'primary only',
  're-routed after',
  'cost',
  'primary only',
  'circuits opened',
  'refused',
];

/** The summary for people. */
export function tableOf({ services, ...total }: Summary): string {
  const rows = [
    HEAD,
    ...Object.entries(services).map(([name, service]) => rowOf(name, service)),
    rowOf('all', {
      calls: total.calls,
      successRate: total.successRate,
      primaryOnlySuccessRate: total.primaryOnly.successRate,
      rerouteMs: total.rerouteMs.p99,
      costUsd: total.costUsd,
      primaryOnlyCostUsd: total.primaryOnly.costUsd,
      circuitsOpened: Object.values(services).reduce((sum, { circuitsOpened }) => sum + circuitsOpened, 0),
      refused: Object.values(services).reduce((sum, { refused }) => sum + refused, 0),
    }),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('──');
  const [head, ...body] = rows;
  const { p50, p99 } = total.rerouteMs;
  return [
    line(head!),
    rule,
    ...body.slice(0, -1).map(line),
    rule,
    line(body.at(-1)!),
    '',
    `From the first failure of a node to its traffic being elsewhere: p50 ${ms(p50)}, p99 ${ms(p99)}.`,
    'Primary only: the same calls at the same moments, with the same retries, always on the primary node of a',
    'second set of providers with the same seeds and faults. Cost: the listed price of what succeeded. Refused:',
    'turned away by Signalbox, as low priorities are while something beside them is sick; counted as not successful.',
  ].join('\n');
}

function rowOf(name: string, summary: ServiceSummary): string[] {
  return [
    name,
    summary.calls.toLocaleString('en'),
    percent(summary.successRate),
    percent(summary.primaryOnlySuccessRate),
    ms(summary.rerouteMs),
    `$${summary.costUsd.toFixed(2)}`,
    `$${summary.primaryOnlyCostUsd.toFixed(2)}`,
    String(summary.circuitsOpened),
    String(summary.refused),
  ];
}

export function percent(ratio: number | null): string {
  return ratio === null ? '–' : `${(ratio * 100).toFixed(2)} %`;
}

function ms(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(0)} ms`;
}
