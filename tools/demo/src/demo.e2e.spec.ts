import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { play } from './demo.js';
import { stories } from './stories.js';
import type { Summary } from './summary.js';
import { workloads } from './workloads.js';
import { startWorld, type World } from './world.js';

/** As long as it takes: on a busy machine callers would give up on what is well. */
const PATIENCE_MS = 60_000;
/** A quarter of the demo's calls, by patient callers. A provider that is gone refuses them at once all the same. */
const patient = workloads.map((workload) => ({
  ...workload,
  callsPerSecond: workload.callsPerSecond / 4,
  attemptTimeoutMs: PATIENCE_MS,
}));

describe('the demo', () => {
  let world: World;
  const said: string[] = [];
  const out = { isTTY: false, columns: 80, write: (text: string) => said.push(text) > 0 };

  before(async () => {
    world = await startWorld(() => undefined);
  });
  after(() => world?.stop());

  it('keeps calls going through a lost region that the primary nodes go down with', async () => {
    const story = {
      title: 'us-east-1 is lost',
      fromMs: 2_000,
      toMs: 8_000,
      cues: [
        { atMs: 2_000, regionDown: 'us-east-1' },
        { atMs: 8_000, regionUp: 'us-east-1' },
      ],
      watched: [{ service: 'stripe' as const, nodeId: 'stripe_primary_us_east' }],
    };
    const { summary } = await play(
      {
        stories: [story],
        workloads: patient,
        span: { forMs: 9_000, rampMs: 1_000 },
        decisionTimeoutMs: PATIENCE_MS,
      },
      world,
      out,
      new AbortController().signal,
    );

    assert.equal(
      summary.calls,
      120,
      '14 calls a second for 8 s and half of them for one, each service rounded up',
    );
    const stripe = summary.services['stripe'] as Summary['services'][string];
    const gained = stripe.successRate! - stripe.primaryOnlySuccessRate!;
    assert.ok(gained > 0.3, `the primary node was gone most of the time, and routing won back ${gained}`);
    assert.ok(stripe.rerouteMs! < 5_000, `re-routed after ${stripe.rerouteMs} ms`);
    assert.ok(summary.costUsd > 0);
    assert.match(said.join(''), /▶ us-east-1 is lost/);

    const seen = Object.values(world.providers.stats()).reduce(
      (sum, { outcomes }) => sum + outcomes.success,
      0,
    );
    const succeeded = Math.round(summary.successRate! * summary.calls);
    assert.ok(seen >= succeeded, `the providers saw ${seen} of ${succeeded} successes`);
  });

  it('lets an operator order and end an emergency override', async () => {
    assert.match(await world.operator.startOverride(), /the next payment goes to Stripe Premium Emergency/);
    assert.match(await world.operator.endOverride(), /ended by the operator/);
  });

  it('plays stories whose every node is in the catalog', () => {
    for (const { watched } of stories) {
      for (const { nodeId } of watched) assert.ok(world.providers.nodes[nodeId], nodeId);
    }
  });
});
