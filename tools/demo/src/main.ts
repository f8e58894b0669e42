import { once, setMaxListeners } from 'node:events';
import { parseArgs } from 'node:util';
import { play } from './demo.js';
import { openInBrowser } from './open-in-browser.js';
import { demoSpan, stories } from './stories.js';
import { tableOf } from './table.js';
import { workloads } from './workloads.js';
import { startWorld } from './world.js';

const USAGE = `usage: npm run demo -- [--json] [--keep]
  --json  the last line is the summary as JSON
  --keep  run every app, and leave all of it running afterwards, with the console on what happened; Ctrl-C stops it`;

/** Past this the demo measures the machine rather than the routing. */
const NOTABLE_LAG_MS = 100;

/** 128 + SIGINT, as shells have it. */
const INTERRUPTED = 130;

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  const say = (line: string) => process.stdout.write(`${line}\n`);
  if (options === null) {
    say(USAGE);
    return 2;
  }
  const interrupt = new AbortController();
  // Every workload and every story listens: more than the ten that Node takes for a leak.
  setMaxListeners(0, interrupt.signal);
  const onSignal = () => (interrupt.signal.aborted ? process.exit(INTERRUPTED) : interrupt.abort());
  // `on`, not `once`: while somebody listens, the servers leave the order of stopping to them.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);

  const started = options.keep ? 'all five apps' : 'a routing coordinator';
  say(`Starting PostgreSQL, NATS, Redis, ${started} and 26 simulated provider nodes …`);
  const world = await startWorld(say, options.keep);
  try {
    say(`A minute of traffic to six services, through the coordinator at ${world.coordinator.url}:\n`);
    const { summary, lagMsP99 } = await play(
      { stories, workloads, span: demoSpan },
      world,
      process.stdout,
      interrupt.signal,
    );
    if (interrupt.signal.aborted) return INTERRUPTED;
    say(`\n${tableOf(summary)}`);
    if (lagMsP99 > NOTABLE_LAG_MS) {
      say(
        `This machine was busy: the demo itself ran up to ${lagMsP99.toFixed(0)} ms late (p99), which is in the figures.`,
      );
    }
    if (options.keep) {
      const console = `${world.coordinator.url}/#token=${world.adminToken}`;
      say(
        `\nStill running: ${world.coordinator.url} (API at /docs), NATS ${world.natsUrl}. Ctrl-C stops everything.`,
      );
      say(`The console, signed in, on what just happened:\n${console}`);
      openInBrowser(console);
    }
    if (options.json) say(JSON.stringify(summary));
    if (options.keep && !interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    return 0;
  } finally {
    await world.stop();
  }
}

function optionsOf(args: string[]): { json: boolean; keep: boolean } | null {
  try {
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({ args, options: { json: flag, keep: flag } }).values;
  } catch {
    return null;
  }
}

process.exitCode = await main();
