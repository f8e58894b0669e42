import { killsUnderLoad } from './kills-under-load.js';

/** `npm run soak -- outcomes`: 100,000 outcomes while replicas and servers are killed. Exits 1 unless each is stored once. */
const log = (line: string): void => console.log(line);
const survived = await killsUnderLoad({ events: 100_000, kills: 12, log });
log(JSON.stringify(survived));
const whole = survived.recorded === survived.acknowledged && survived.distinct === survived.acknowledged;
log(whole ? 'every acknowledged outcome is stored, once' : 'LOST OR DOUBLED');
process.exitCode = whole ? 0 : 1;
