import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { defaultCatalog } from '@signalbox/catalog';
import { eventually } from '@signalbox/testkit';
import Stripe from 'stripe';
import { catalogAt, nodesOf, type SimulatedNodeSpec } from './node-spec.js';
import { startSimulator, type Simulator } from './simulator.js';

const aNode = (overrides: Partial<SimulatedNodeSpec> = {}): SimulatedNodeSpec => ({
  nodeId: 'node_a',
  api: 'sendgrid',
  region: 'us-east-1',
  latencyMs: 1,
  errorRatio: 0,
  ...overrides,
});

function sdkAt(baseUrl: string): Stripe {
  const { hostname, port } = new URL(baseUrl);
  return new Stripe('sk_test_simulated', {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

const mail = { from: { email: 'a@example.com' }, personalizations: [{ to: [{ email: 'b@example.com' }] }] };
const post = (url: string, body: unknown, signal?: AbortSignal) =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: signal ?? null,
  });
const sendMail = (baseUrl: string, signal?: AbortSignal) => post(`${baseUrl}/v3/mail/send`, mail, signal);

describe('the simulated nodes', () => {
  let simulator: Simulator;
  before(async () => {
    const nodes = nodesOf(defaultCatalog).map((node) => ({ ...node, errorRatio: 0 }));
    simulator = await startSimulator({ nodes, seed: 1, latencyScale: 0.01 });
  });
  after(() => simulator.stop());
  const at = (nodeId: string) => simulator.nodes[nodeId]!;

  it('are those of the catalog, each on a port of its own and with a health check', async () => {
    const catalog = catalogAt(defaultCatalog, simulator.nodes);
    const urls = catalog.flatMap(({ nodes }) => nodes.map(({ baseUrl }) => baseUrl));
    assert.equal(new Set(urls).size, 13);
    for (const { baseUrl, healthCheck } of catalog.flatMap(({ nodes }) => nodes)) {
      assert.equal((await fetch(`${baseUrl}${healthCheck?.path}`)).status, healthCheck?.expectedStatus);
    }
  });

  it('take payments from the official Stripe SDK', async () => {
    const stripe = sdkAt(at('stripe_primary_us_east'));
    const customer = await stripe.customers.create({ email: 'ada@example.com', name: 'Ada' });
    const intent = await stripe.paymentIntents.create({
      amount: 2_000,
      currency: 'usd',
      customer: customer.id,
      confirm: true,
      payment_method: 'pm_card_visa',
      metadata: { order: '7' },
    });
    assert.equal(intent.status, 'succeeded');
    assert.deepEqual(intent.metadata, { order: '7' });
    assert.equal((await stripe.paymentIntents.retrieve(intent.id)).customer, customer.id);
    const charges = await stripe.charges.list({ limit: 1 });
    assert.equal(charges.data[0]?.id, intent.latest_charge);
    await assert.rejects(stripe.charges.retrieve('ch_none'), {
      type: 'StripeInvalidRequestError',
      statusCode: 404,
    });
    const declined = { amount: 5, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclined' };
    await assert.rejects(stripe.paymentIntents.create(declined), {
      type: 'StripeCardError',
      decline_code: 'generic_decline',
    });
    await assert.rejects(stripe.paymentIntents.create({ amount: 0, currency: 'usd' }), { param: 'amount' });
  });

  it('charge once for one idempotency key, at whichever Stripe node it arrives', async () => {
    const east = sdkAt(at('stripe_primary_us_east'));
    const west = sdkAt(at('stripe_secondary_us_west'));
    const order = { amount: 4_200, currency: 'usd' };
    const first = await east.paymentIntents.create(order, { idempotencyKey: 'order-1' });
    const again = await west.paymentIntents.create(order, { idempotencyKey: 'order-1' });
    assert.equal(again.id, first.id);
    assert.equal(again.lastResponse.headers['idempotent-replayed'], 'true');
    await assert.rejects(west.paymentIntents.create({ ...order, amount: 1 }, { idempotencyKey: 'order-1' }), {
      type: 'StripeIdempotencyError',
    });
  });

  it('want an API key at Stripe', async () => {
    assert.equal((await fetch(`${at('stripe_primary_us_east')}/v1/charges`)).status, 401);
  });

  it('take messages as Twilio does', async () => {
    const url = `${at('twilio_us1')}/2010-04-01/Accounts/AC1/Messages.json`;
    const sent = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ To: '+1', From: '+2', Body: 'Hello' }),
    });
    assert.equal(sent.status, 201);
    const message = (await sent.json()) as { sid: string; uri: string };
    assert.match(message.sid, /^SM[0-9a-f]{32}$/);
    assert.deepEqual(await (await fetch(at('twilio_us1') + message.uri)).json(), message);
    const refused = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({ From: '+2', Body: 'Hello' }),
    });
    assert.deepEqual([refused.status, ((await refused.json()) as { code: number }).code], [400, 21_604]);
  });

  it('take mail as SendGrid does', async () => {
    const sent = await sendMail(at('sendgrid_eu'));
    assert.equal(sent.status, 202);
    assert.match(sent.headers.get('x-message-id')!, /^sim/);
    assert.equal((await post(`${at('sendgrid_eu')}/v3/mail/send`, {})).status, 400);
  });

  it('tell where the trucks are as Samsara does', async () => {
    const answer = await fetch(
      `${at('samsara_backup')}/fleet/vehicles/stats?types=gps&vehicleIds=281474977075805`,
    );
    const { data } = (await answer.json()) as { data: { name: string; gps: { latitude: number } }[] };
    assert.deepEqual(
      data.map(({ name }) => name),
      ['Truck 1'],
    );
    assert.equal(typeof data[0]?.gps.latitude, 'number');
  });

  it('geocode as Mapbox, Google and HERE do, to one and the same place', async () => {
    const json = async (url: string) => (await fetch(url)).json();
    const mapbox = (await json(`${at('maps_mapbox')}/geocoding/v5/mapbox.places/Berlin.json`)) as {
      features: { center: [number, number] }[];
    };
    const google = (await json(`${at('maps_google')}/maps/api/geocode/json?address=Berlin`)) as {
      results: { geometry: { location: { lat: number; lng: number } } }[];
    };
    const here = (await json(`${at('maps_here')}/v1/geocode?q=Berlin`)) as { items: { position: object }[] };
    const [lng, lat] = mapbox.features[0]!.center;
    assert.deepEqual(google.results[0]?.geometry.location, { lat, lng });
    assert.deepEqual(here.items[0]?.position, { lat, lng });
  });

  it('keep records as Airtable does, ten a write', async () => {
    const url = `${at('airtable_primary')}/v0/app1/Orders`;
    const created = await post(url, { records: [{ fields: { Name: 'Ada' } }] });
    const { records } = (await created.json()) as { records: { id: string }[] };
    assert.match(records[0]!.id, /^rec[0-9a-f]{14}$/);
    assert.deepEqual(await (await fetch(url)).json(), { records });
    assert.equal(
      (await post(url, { records: Array.from({ length: 11 }, () => ({ fields: {} })) })).status,
      422,
    );
  });
});

describe('a fault on the wire', () => {
  let simulator: Simulator;
  before(async () => {
    const nodes = [aNode(), aNode({ nodeId: 'node_b' }), aNode({ nodeId: 'node_c', region: 'us-west-2' })];
    // Their clock stands: no rate recovers while a test looks.
    simulator = await startSimulator({ nodes, seed: 7, nowMs: () => 0 });
  });
  after(() => simulator.stop());
  const send = (nodeId = 'node_a', signal?: AbortSignal) => sendMail(simulator.nodes[nodeId]!, signal);
  const codeOf = (ended: unknown) => ((ended as Error).cause as { code?: string } | undefined)?.code;

  it('answers 429 with Retry-After past the rate', async () => {
    await simulator.apply('node_a', { kind: 'rate_limit', requestsPerSecond: 1, retryAfterSeconds: 30 });
    assert.equal((await send()).status, 202);
    const limited = await send();
    assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '30']);
    await simulator.clear('node_a');
    assert.equal((await send()).status, 202);
  });

  it('resets connections', async () => {
    await simulator.apply('node_a', { kind: 'reset', ratio: 1 });
    await assert.rejects(
      send(),
      (error) => codeOf(error) === 'ECONNRESET' || codeOf(error) === 'UND_ERR_SOCKET',
    );
    await simulator.clear('node_a', 'reset');
  });

  it('hangs until the caller gives up', async () => {
    const before = simulator.stats()['node_a']!.outcomes.timeout;
    await simulator.apply('node_a', { kind: 'hang', ratio: 1 });
    const caller = new AbortController();
    const hung = assert.rejects(send('node_a', caller.signal), { name: 'AbortError' });
    await eventually(() => simulator.stats()['node_a']!.inFlight === 1);
    caller.abort();
    await hung;
    await simulator.clear('node_a', 'hang');
    await eventually(() => simulator.stats()['node_a']!.outcomes.timeout === before + 1);
  });

  it('takes a region away and brings it back at the same addresses', async () => {
    await simulator.regionDown('us-east-1');
    for (const nodeId of ['node_a', 'node_b']) {
      // a kept-alive connection ends first; the next one is refused
      await eventually(
        async () => codeOf(await send(nodeId).catch((error: unknown) => error)) === 'ECONNREFUSED',
      );
    }
    assert.equal((await send('node_c')).status, 202);
    await simulator.regionUp('us-east-1');
    for (const nodeId of ['node_a', 'node_b']) assert.equal((await send(nodeId)).status, 202);
  });

  it('breaks the answers under way when the node goes down', async () => {
    await simulator.apply('node_b', { kind: 'latency_ramp', addMs: 60_000, overMs: 0 });
    const broken = assert.rejects(send('node_b'));
    await eventually(() => simulator.stats()['node_b']!.inFlight === 1);
    await simulator.apply('node_b', { kind: 'down' });
    await broken;
    await simulator.clear('node_b');
    await eventually(() => simulator.stats()['node_b']!.inFlight === 0);
  });

  it('comes and goes as the script says', async () => {
    simulator.play([
      { atMs: 0, apply: { kind: 'errors', ratio: 1, status: 503 }, nodeId: 'node_c' },
      { atMs: 0, regionDown: 'us-east-1' },
    ]);
    await eventually(async () => (await send('node_c')).status === 503);
    simulator.play([
      { atMs: 50, regionUp: 'us-east-1' },
      { atMs: 50, clear: 'errors', nodeId: 'node_c' },
    ]);
    await eventually(async () => (await send('node_c')).status === 202);
    await eventually(async () => (await send('node_a')).status === 202);
    assert.throws(
      () => simulator.play([{ atMs: 0, clear: 'errors', nodeId: 'nobody' }]),
      /no simulated node nobody/,
    );
  });
});

describe('two simulators with one seed', () => {
  it('treat the n-th request of a node alike, and count what they did', async () => {
    const statuses = async (seed: number) => {
      const simulator = await startSimulator({ nodes: [aNode({ errorRatio: 0.3 })], seed });
      const seen: number[] = [];
      for (let n = 0; n < 60; n++) {
        // health checks in between change nothing
        if (n % 7 === 0) await fetch(`${simulator.nodes['node_a']}/healthz`);
        seen.push((await sendMail(simulator.nodes['node_a']!)).status);
      }
      const { requests, outcomes, inFlight } = simulator.stats()['node_a']!;
      assert.equal(requests, 60);
      assert.equal(inFlight, 0);
      assert.equal(outcomes.success, seen.filter((status) => status === 202).length);
      assert.equal(outcomes.server_error, seen.filter((status) => status === 500).length);
      await simulator.stop();
      return seen;
    };
    const first = await statuses(3);
    assert.deepEqual(await statuses(3), first);
    assert.notDeepEqual(await statuses(4), first);
  });
});
