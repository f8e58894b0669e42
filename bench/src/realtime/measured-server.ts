import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What a server under measurement says of itself when asked over IPC. */
export interface ServerUsage {
  rssKb: number;
  cpuMs: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Answers `usage` with memory after a collection, and CPU since the start. */
export function tellUsage(): void {
  process.on('message', (question) => {
    if (question !== 'usage') return;
    collectGarbage();
    const { user, system } = process.cpuUsage();
    const usage: ServerUsage = { rssKb: process.memoryUsage.rss() / 1024, cpuMs: (user + system) / 1000 };
    process.send?.({ usage });
  });
}
