import { parseArgs } from 'node:util';
import { ANOMALY_THRESHOLD } from '@signalbox/statistics';
import { falseAlarms, injectedFaults } from './anomaly/injected-faults.js';
import { loadNab } from './anomaly/nab-data.js';
import { judge, partFigures, twoFold, type PartFigures } from './anomaly/nab-figures.js';

/**
 * `npm run bench -- anomaly --data DIR [--json] [--threshold T]`: what the anomaly detector is worth, on the series
 * of the Numenta Anomaly Benchmark in DIR (`windows.json`, `data/<group>/*.csv`), and on series like Signalbox's
 * own with faults put in.
 */
const RUNS = 8;

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    threshold: { type: 'string' },
  },
});
const threshold = options.threshold === undefined ? ANOMALY_THRESHOLD : Number(options.threshold);
if (options.data === undefined || !(threshold > 0 && threshold <= 1)) {
  console.error(
    'usage: npm run bench -- anomaly --data DIR [--json] [--threshold T], T above 0 and at most 1',
  );
  process.exit(2);
}
const say = (line: string): void => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);

const judged = judge(await loadNab(options.data));
const whole = partFigures(judged, threshold);
const groupNames = [...new Set(judged.map(({ group }) => group))];
const groups = Object.fromEntries(
  groupNames.map((name) => [
    name,
    partFigures(
      judged.filter(({ group }) => group === name),
      threshold,
    ),
  ]),
);
say(`NAB, threshold ${threshold}:      standard  low FP  low FN  series  windows found  false detections`);
for (const [name, figures] of Object.entries(groups)) sayPart(name, figures);
sayPart('all', whole);
const folds = twoFold(judged, 50);
say(
  `two-fold, standard: ${shown(folds.alternating.standard)} with every second series ` +
    `(thresholds ${folds.alternating.thresholds.map((each) => each.toFixed(4)).join(' and ')}); ` +
    `${folds.random.splits} random halvings: mean ${shown(folds.random.mean)}, ` +
    `${shown(folds.random.worst)} to ${shown(folds.random.best)}`,
);

const faults = injectedFaults(threshold, RUNS);
say(
  'faults put into series like our own (a value in 5 minutes, two weeks learned, the fault lasts 4 hours):',
);
for (const { fault, kind, runs, found, delayMinutesP50, delayMinutesP90 } of faults) {
  const delay = delayMinutesP50 === null ? '' : `, after ${delayMinutesP50} min (p90 ${delayMinutesP90})`;
  say(`  ${kind.padEnd(11)} ${fault.padEnd(38)} found ${found} of ${runs}${delay}`);
}
const alarms = falseAlarms(threshold, RUNS);
for (const { kind, days, perDay } of alarms) {
  say(`  ${kind.padEnd(11)} ${perDay.toFixed(2)} false alarms a day, over ${days} days without a fault`);
}

if (options.json) {
  console.log(
    JSON.stringify({
      standard: rounded(whole.standard),
      lowFp: rounded(whole.lowFp),
      lowFn: rounded(whole.lowFn),
      groups: Object.fromEntries(
        Object.entries(groups).map(([name, figures]) => [
          name,
          {
            ...figures,
            standard: rounded(figures.standard),
            lowFp: rounded(figures.lowFp),
            lowFn: rounded(figures.lowFn),
          },
        ]),
      ),
      threshold,
      windows: whole.windows,
      found: whole.found,
      falseDetections: whole.falseDetections,
      twoFold: folds,
      faults,
      falseAlarms: alarms,
    }),
  );
}

function sayPart(name: string, figures: PartFigures): void {
  const { series, windows, found, falseDetections } = figures;
  const scores = [figures.standard, figures.lowFp, figures.lowFn]
    .map((score) => shown(score).padStart(8))
    .join('');
  say(
    `  ${name.padEnd(26)}${scores}${String(series).padStart(8)}${`${found} of ${windows}`.padStart(15)}` +
      `${String(falseDetections).padStart(18)}`,
  );
}

function shown(score: number | null): string {
  return score === null ? '–' : score.toFixed(1);
}

function rounded(score: number | null): number | null {
  return score === null ? null : Math.round(score * 100) / 100;
}
