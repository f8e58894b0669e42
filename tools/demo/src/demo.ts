import { setTimeout as delay } from 'node:timers/promises';
import { defaultCatalog } from '@signalbox/catalog';
import { Journal } from './journal.js';
import { primaryOnly } from './primary-only.js';
import { Progress } from './progress.js';
import { routed } from './routed.js';
import { DEMO_MS, stories, type Story } from './stories.js';
import { summarize, type Summary } from './summary.js';
import { runTraffic } from './traffic.js';
import { workloads } from './workloads.js';
import type { World } from './world.js';

/** Plays the stories under traffic in both lanes and sums up what happened. */
export async function playDemo(world: World, out: NodeJS.WriteStream, signal: AbortSignal): Promise<Summary> {
  const journal = new Journal();
  const progress = new Progress(journal, out);
  const lane = routed(world.coordinator.url, world.natsUrl, world.serviceToken, journal);
  world.onCircuitChanged(({ serviceName: service, nodeId, to, reason }) => {
    journal.circuits.push({ service, nodeId, to, atMs: journal.nowMs() });
    progress.tell(`  circuit of ${nodeId} ${to.replace('_', '-')}: ${reason}`);
  });
  const cues = stories.flatMap((story) => story.cues);
  world.providers.play(cues);
  world.primaryOnlyProviders.play(cues);

  try {
    await Promise.all([
      runTraffic(
        workloads,
        {
          signalbox: lane.run,
          primaryOnly: primaryOnly(defaultCatalog, world.primaryOnlyProviders.nodes, journal),
        },
        journal,
        DEMO_MS,
        signal,
      ),
      ...stories.map((story) => narrate(story, world, journal, progress, signal)),
    ]);
  } finally {
    progress.stop();
    await lane.close();
  }
  return summarize(journal, defaultCatalog, stories);
}

/** Says when a story begins and ends, and does what people do in it. */
async function narrate(
  story: Story,
  world: World,
  journal: Journal,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const until = (atMs: number) => delay(Math.max(0, atMs - journal.nowMs()), undefined, { signal });
  try {
    await until(story.fromMs);
    progress.tell(`▶ ${story.title}`);
    for (const { atMs, act } of story.acts ?? []) {
      await until(atMs);
      progress.tell(`  ${await act(world.operator)}`);
    }
    await until(story.toMs);
    progress.tell(`■ over: ${story.title}`);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
