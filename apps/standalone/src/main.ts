import 'reflect-metadata';
import { startServers, type Stack } from '@signalbox/dev-stack';
import { hostTogether } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { apps } from './apps.js';

const stack = await startServers({ dataDir: process.env.DATA_DIR || '.data', log: say }).catch(giveUp);

// The servers go last: the apps still write while they drain.
await bootstrap(hostTogether('standalone', apps), environmentWith(stack), () => stack.stop());

function environmentWith({ natsUrl, redisUrl, databaseUrl }: Stack) {
  return { ...process.env, NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
}

function say(line: string): void {
  process.stderr.write(`signalbox: ${line}\n`);
}

function giveUp(error: Error): never {
  say(error.message);
  process.exit(1);
}
