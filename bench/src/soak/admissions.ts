import { admissionStorm, type Blow } from './admission-storm.js';

/**
 * `npm run soak -- admissions`: 100,000 calls by four processes while processes and Redis are killed and Redis is wiped.
 * Exits 1 unless no limit was passed and every token and micro-dollar is accounted for.
 */
const log = (line: string): void => console.log(line);
const blows: Blow[] = ['kill a process', 'flush Redis', 'kill Redis', 'kill Redis and its data'];
const weathered = await admissionStorm({
  calls: 100_000,
  processes: 4,
  inFlight: 32,
  blows: [...blows, ...blows],
  log,
});
log(JSON.stringify(weathered));
const { overAdmitted, leaked, alertsAmiss } = weathered;
const isWhole = overAdmitted === 0 && leaked === 0 && alertsAmiss === 0;
log(isWhole ? 'no limit passed, nothing leaked, each alert told once' : 'OVERSHOT, LEAKED OR TOLD TWICE');
process.exitCode = isWhole ? 0 : 1;
