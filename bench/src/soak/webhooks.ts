import { webhookKills } from './webhook-kills.js';

/**
 * `npm run soak -- webhooks`: 100,000 events, a fifth of the deliveries repeated, the process killed three times.
 * Exits 1 unless each event is stored, processed and told once.
 */
const events = 100_000;
const log = (line: string): void => console.log(line);
const survived = await webhookKills({ events, duplicateRatio: 0.2, kills: 3, log });
log(JSON.stringify(survived));
// The replica is found ready by an event of its own.
const { stored, distinct, processedOnce, toldOnce } = survived;
const whole = [stored, distinct, processedOnce, toldOnce].every((count) => count === events + 1);
log(whole ? 'every event is stored, processed and told once' : 'LOST OR DOUBLED');
process.exitCode = whole ? 0 : 1;
