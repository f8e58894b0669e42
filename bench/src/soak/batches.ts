import { batchKills } from './batch-kills.js';

/**
 * `npm run soak -- batches`: 60,000 requests while workers, Redis and PostgreSQL are killed and Redis is wiped, to a
 * provider that fails. Exits 1 unless each ends once, none is done twice, and none succeeds undone.
 */
const log = (line: string): void => console.log(line);
const survived = await batchKills({ requests: 60_000, kills: 12, log });
log(JSON.stringify(survived));
const whole = survived.notEnded + survived.doubled + survived.imagined === 0;
log(whole ? 'every accepted request ended once' : 'LOST OR DOUBLED');
process.exitCode = whole ? 0 : 1;
