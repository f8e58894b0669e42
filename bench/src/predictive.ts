import { runPredictiveComparison, type ScenarioComparison, type StrategyFigures } from '@signalbox/routing';

/**
 * `npm run bench -- predictive [--json]`: PREDICTIVE_ANALYTICS beside HEALTH_BASED on seeded degradations. Not a
 * measurement of speed: the same seeds give the same figures on any machine.
 */
const json = process.argv.includes('--json');
const comparisons = runPredictiveComparison({ seeds: 20 });

if (json) console.log(JSON.stringify(comparisons));
else for (const comparison of comparisons) console.log(lineOf(comparison));

function lineOf({ scenario, calls, healthBased, predictive, failuresAvoided }: ScenarioComparison): string {
  return (
    `${scenario.padEnd(16)} ${calls} calls, failures ${healthBased.failures} → ${predictive.failures} ` +
    `(${failuresAvoided} avoided), left before the outage by ${leadOf(healthBased)} → ${leadOf(predictive)}`
  );
}

function leadOf({ leadSecondsMedian }: StrategyFigures): string {
  return leadSecondsMedian === null ? '–' : `${leadSecondsMedian} s`;
}
