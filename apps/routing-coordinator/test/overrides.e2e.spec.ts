import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  AuditEntry,
  DecisionAnswer,
  OverrideAnswer,
  OverrideRequest,
  Page,
  ServiceName,
} from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import { tokenOf, type Answer } from './support/api.js';
import { twoFreshNodes, type TwoNodes } from './support/catalog.js';
import { withFleet, type Replica } from './support/fleet.js';

const OVERRIDE = '/enhanced-traffic-coordination/emergency-override';
/** A call that no budget is left for: all it costs is drawn on the override. */
const PENNILESS = { routingContext: { budgetConstraints: { remainingBudget: 0 } } };

interface Ended {
  coordinationId: string;
  endReason: string;
  spentUsd: number;
}

describe('an emergency override', () => {
  const fleet = withFleet(['override-a', 'override-b']);
  const here = () => fleet.replica('override-a');
  const there = () => fleet.replica('override-b');
  const both = () => [here(), there()];

  let made = 0;
  /** Two ordinary nodes of $0.01 and $0.05, and an emergency one of $0.10. */
  async function serviceInTrouble(service: ServiceName): Promise<TwoNodes & { emergency: string }> {
    const emergency = `emergency_${++made}`;
    const node = {
      nodeId: emergency,
      role: 'emergency' as const,
      weightPercent: 0,
      costPerRequestUsd: 0.1,
      providerName: 'Emergency',
    };
    const nodes = await twoFreshNodes(here(), service, {}, [node]);
    await eventually(
      async () => (await there().exclusionOf(service, emergency))?.reason === 'emergency_only',
    );
    return { ...nodes, emergency };
  }

  function ask(request: Partial<OverrideRequest>, token?: string): Promise<Answer<OverrideAnswer>> {
    const body = {
      serviceName: 'maps',
      emergencyReason: 'The budget is gone in the middle of a peak',
      maxBudgetOverride: 1,
      durationMinutes: 30,
      businessJustification: 'Every refused call loses a paying customer',
      ...request,
    };
    return here().post(OVERRIDE, body, { as: token === undefined ? 'admin' : { token } });
  }

  async function activate(request: Partial<OverrideRequest>): Promise<string> {
    return (await ask(request)).data.emergencyStatus.coordinationId;
  }

  const end = (overrideId: string, api: Replica = here()): Promise<Answer<Ended>> =>
    api.call<Ended>('DELETE', `${OVERRIDE}/${overrideId}`);

  it('pays for the emergency node from the first call on, also when it allows no more than three of them', async () => {
    const { emergency } = await serviceInTrouble('airtable');
    // $0.30 for calls of $0.10; an eighth of it, a replica's ordinary share, would not pay for one.
    const overrideId = await activate({ serviceName: 'airtable', maxBudgetOverride: 0.3 });
    const { routingDecision } = await here().decide('airtable', PENNILESS);
    const nodes = [routingDecision.selectedNode, ...routingDecision.alternatives].map(({ nodeId }) => nodeId);
    assert.ok(nodes.includes(emergency), nodes.join(', '));
    assert.equal((await end(overrideId)).status, 200);
  });

  it('is refused past the cap, without a justification, and for no time or too long', async () => {
    for (const [request, field] of [
      [{ maxBudgetOverride: 5_000.01 }, 'maxBudgetOverride'],
      [{ maxBudgetOverride: 0 }, 'maxBudgetOverride'],
      [{ businessJustification: 'nineteen characters' }, 'businessJustification'],
      [{ durationMinutes: 0 }, 'durationMinutes'],
      [{ durationMinutes: 241 }, 'durationMinutes'],
      [{ emergencyReason: '' }, 'emergencyReason'],
    ] as const) {
      const answer = await ask(request);
      assert.equal(answer.status, 400, field);
      assert.deepEqual(answer.badFields, [field]);
    }
  });

  it('makes emergency nodes eligible on every replica until it is ended early', async () => {
    const { emergency } = await serviceInTrouble('maps');
    const overrideId = await activate({ serviceName: 'maps' });
    for (const replica of both()) {
      await eventually(async () => (await replica.exclusionOf('maps', emergency)) === undefined);
    }
    assert.equal((await ask({ serviceName: 'maps' })).code, 'OVERRIDE_ALREADY_ACTIVE');
    // Ended on the other replica than it was begun on.
    const ended = await end(overrideId, there());
    assert.equal(ended.data.endReason, 'cancelled');
    assert.equal(ended.data.spentUsd, 0);
    for (const replica of both()) {
      await eventually(
        async () => (await replica.exclusionOf('maps', emergency))?.reason === 'emergency_only',
      );
    }
    assert.equal((await end(overrideId)).status, 409);
  });

  it('pays what the budget of a call does not cover, and nothing else', async () => {
    await serviceInTrouble('maps');
    assert.equal((await here().ask('maps', PENNILESS)).code, 'BUDGET_EXHAUSTED');
    const overrideId = await activate({ serviceName: 'maps' });
    // $0.01 from the override; then nothing; then $0.006 beside a rest of $0.004.
    const first = await here().decide('maps', PENNILESS);
    assert.equal(first.routingDecision.estimatedCost, 0.01);
    assert.equal(first.metadata.coordinationStrategy, 'emergency_coordination');
    const within = (remainingBudget: number) =>
      here().decide('maps', { routingContext: { budgetConstraints: { remainingBudget } } });
    assert.equal((await within(100)).metadata.coordinationStrategy, 'standard_coordination');
    assert.equal((await within(0.004)).routingDecision.estimatedCost, 0.01);
    await eventually(async () => {
      const { state } = (await fleet.service.stored<Stored>('overrides', 'maps')) ?? assert.fail();
      const spent = Object.values(state.leases).reduce((sum, lease) => sum + lease.spentMicroUsd, 0);
      assert.equal(spent, 16_000);
    });
    assert.equal((await end(overrideId)).data.spentUsd, 0.016);
  });

  it('lets many calls at once on two replicas draw its amount and no more', async () => {
    await serviceInTrouble('twilio');
    // 37 calls of $0.01 fit into $0.375.
    const overrideId = await activate({ serviceName: 'twilio', maxBudgetOverride: 0.375 });
    const ended = await fleet.service.listen('overrides.ended', 'twilio');
    let drawn = 0;
    const draw = async () => {
      const calls = Array.from({ length: 10 }, () => both().map((api) => api.ask('twilio', PENNILESS)));
      for (const answer of await Promise.all(calls.flat())) {
        if (answer.status === 200) drawn++;
        else assert.equal(answer.code, 'BUDGET_EXHAUSTED');
      }
    };
    await eventually(async () => {
      await draw();
      return ended.length > 0;
    });
    await draw();
    assert.equal(drawn, 37);
    assert.deepEqual(
      ended.map(({ coordinationId, endReason, spentUsd }) => ({ coordinationId, endReason, spentUsd })),
      [{ coordinationId: overrideId, endReason: 'spent', spentUsd: 0.37 }],
    );
  });

  it('ends when its time is over', async () => {
    const { emergency } = await serviceInTrouble('maps');
    const overrideId = await activate({ serviceName: 'maps', durationMinutes: 1 });
    const ended = await fleet.service.listen('overrides.ended', 'maps');
    // The minute, gone by.
    const stored = (await fleet.service.stored<Stored>('overrides', 'maps')) ?? assert.fail();
    const terms = { ...stored.state.terms, expiresAtMs: Date.now() };
    await fleet.service.store('overrides', 'maps', { ...stored, state: { ...stored.state, terms } });
    for (const replica of both()) {
      await eventually(
        async () => (await replica.exclusionOf('maps', emergency))?.reason === 'emergency_only',
      );
    }
    await eventually(() =>
      assert.deepEqual(
        ended.map(({ endReason }) => endReason),
        ['expired'],
      ),
    );
    assert.equal((await end(overrideId)).status, 409);
  });

  it('survives a restart of the replica that it was begun on, with what was drawn', async () => {
    const { emergency } = await serviceInTrouble('sendgrid');
    const overrideId = await activate({ serviceName: 'sendgrid', maxBudgetOverride: 10 });
    await here().decide('sendgrid', PENNILESS);
    await fleet.restart('override-a');
    await eventually(async () => (await here().exclusionOf('sendgrid', emergency)) === undefined);
    assert.equal((await ask({ serviceName: 'sendgrid' })).code, 'OVERRIDE_ALREADY_ACTIVE');
    await here().decide('sendgrid', PENNILESS);
    const spent = await eventually(async () => {
      const { state } = (await fleet.service.stored<Stored>('overrides', 'sendgrid')) ?? assert.fail();
      const sum = Object.values(state.leases).reduce((total, lease) => total + lease.spentMicroUsd, 0);
      assert.ok(sum >= 20_000, String(sum));
      return sum;
    });
    assert.equal(spent, 20_000);
    assert.equal((await end(overrideId)).data.spentUsd, 0.02);
  });

  it('does not stay when it helps no call', async () => {
    const { cheap, dear, emergency } = await serviceInTrouble('maps');
    for (const nodeId of [cheap, dear, emergency]) await here().post(`/admin/nodes/${nodeId}/drain`);
    const refused = await ask({ serviceName: 'maps' });
    assert.equal(refused.status, 422);
    assert.equal(refused.code, 'NO_ELIGIBLE_NODE');
    await here().post(`/admin/nodes/${cheap}/undrain`);
    assert.equal((await end(await activate({ serviceName: 'maps' }))).status, 200);
  });

  it('has each step audited and broadcast', async () => {
    await serviceInTrouble('samsara');
    const activated = await fleet.service.listen('overrides.activated', 'samsara');
    const ended = await fleet.service.listen('overrides.ended', 'samsara');
    const token = await tokenOf({ role: 'admin', subject: 'carol' });
    const { coordinationId } = (await ask({ serviceName: 'samsara' }, token)).data.emergencyStatus;
    await here().call('DELETE', `${OVERRIDE}/${coordinationId}`, { as: { token } });
    await eventually(() => assert.equal(ended.length, 1));
    assert.equal(activated.length, 1);
    assert.equal(activated[0]?.activatedBy, 'carol');
    assert.equal(activated[0]?.maxBudgetOverride, 1);
    assert.equal(ended[0]?.endedBy, 'carol');
    await eventually(async () => {
      const query = `object=override:${coordinationId}`;
      const { items } = (await there().get<Page<AuditEntry>>(`/admin/audit?${query}`)).data;
      assert.deepEqual(
        items.map(({ action, actor }) => [action, actor]),
        [
          ['override.ended', 'carol'],
          ['override.activated', 'carol'],
        ],
      );
    });
  });

  it('takes an emergency node into the ranking of a decision, priced as it is', async () => {
    const { emergency } = await serviceInTrouble('airtable');
    const overrideId = await activate({ serviceName: 'airtable' });
    const { routingDecision }: DecisionAnswer = await here().decide('airtable');
    const alternative = routingDecision.alternatives.find(({ nodeId }) => nodeId === emergency);
    assert.equal(alternative?.costPerRequest, 0.1);
    assert.equal((await end(overrideId)).data.spentUsd, 0, 'a node that is not chosen costs nothing');
  });
});

/** What the fleet keeps of an override. */
interface Stored {
  state: { terms: { expiresAtMs: number }; leases: Record<string, { spentMicroUsd: number }> };
}
