import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultCatalog } from '@signalbox/catalog';
import { Journal } from './journal.js';
import { primaryOnly } from './primary-only.js';
import { Progress, type Screen } from './progress.js';
import { routed } from './routed.js';
import type { Story } from './stories.js';
import { summarize, type Summary } from './summary.js';
import { runTraffic, type Span } from './traffic.js';
import type { Workload } from './workloads.js';
import type { World } from './world.js';

/** What is played, and for how long. */
export interface Script {
  stories: readonly Story[];
  workloads: readonly Workload[];
  span: Span;
  /** How long the callers wait for a decision; the client's own default when absent. */
  decisionTimeoutMs?: number;
}

export interface Played {
  summary: Summary;
  /** 99th percentile of how late this process ran, ms: part of every latency it measured. */
  lagMsP99: number;
}

/** Plays the stories under traffic in both lanes and sums up what happened. */
export async function play(
  { stories, workloads, span, decisionTimeoutMs }: Script,
  world: World,
  out: Screen,
  signal: AbortSignal,
): Promise<Played> {
  const journal = new Journal();
  const progress = new Progress(journal, out);
  const { coordinator, natsUrl, serviceToken: token } = world;
  const lane = routed({ url: coordinator.url, natsUrl, token, journal, decisionTimeoutMs });
  const lag = monitorEventLoopDelay();
  const stopListening = world.onCircuitChanged(({ serviceName: service, nodeId, to, reason }) => {
    journal.circuits.push({ service, nodeId, to, atMs: journal.nowMs() });
    progress.tell(`  circuit of ${nodeId} ${to.replace('_', '-')}: ${reason}`);
  });
  const cues = stories.flatMap((story) => story.cues);
  world.providers.play(cues);
  world.primaryOnlyProviders.play(cues);

  lag.enable();
  try {
    await Promise.all([
      runTraffic(
        workloads,
        {
          signalbox: lane.run,
          primaryOnly: primaryOnly(defaultCatalog, world.primaryOnlyProviders.nodes, journal),
        },
        journal,
        span,
        signal,
      ),
      ...stories.map((story) => narrate(story, world, journal, progress, signal)),
    ]);
  } finally {
    lag.disable();
    progress.stop();
    stopListening();
    await lane.close();
  }
  const summary = summarize(journal, defaultCatalog, stories);
  return { summary, lagMsP99: lag.percentile(99) / NANOS_PER_MS };
}

const NANOS_PER_MS = 1e6;

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
