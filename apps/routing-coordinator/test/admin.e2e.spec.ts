import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  SERVICE_NAMES,
  type AuditEntry,
  type ConfigChanged,
  type ConfigVersion,
  type Page,
  type ServiceConfig,
  type ServiceName,
  type VersionedService,
} from '@signalbox/contracts';
import { eventually } from '@signalbox/testkit';
import { tokenOf, type Answer, type CallOptions } from './support/api.js';
import { configure, twoFreshNodes } from './support/catalog.js';
import { withFleet } from './support/fleet.js';

const SOME_STRATEGIES = [
  'LEAST_CONNECTIONS',
  'HEALTH_BASED',
  'WEIGHTED_ROUND_ROBIN',
  'LEAST_RESPONSE_TIME',
  'COST_OPTIMIZED',
] as const;

/** What an admin changes on one replica holds on the other one. */
describe('administration', () => {
  const fleet = withFleet(['admin-a', 'admin-b']);
  const here = () => fleet.replica('admin-a');
  const there = () => fleet.replica('admin-b');

  const live = async (serviceName: ServiceName, api = here()): Promise<VersionedService> =>
    (await api.get<VersionedService>(`/admin/catalog/services/${serviceName}`)).data;
  const versionsOf = async (serviceName: ServiceName): Promise<ConfigVersion[]> =>
    (await here().get<Page<ConfigVersion>>(`/admin/versions?object=service:${serviceName}`)).data.items;
  const auditOf = async (query: string): Promise<AuditEntry[]> =>
    (await here().get<Page<AuditEntry>>(`/admin/audit?${query}`)).data.items;
  const withIntent = (service: ServiceConfig, intent: string): ServiceConfig => ({ ...service, intent });

  describe('the catalog', () => {
    it('ships whole, with what depends on what', async () => {
      const answer = await there().get<{
        items: VersionedService[];
        dependencyGraph: Record<string, ServiceName[]>;
      }>('/admin/catalog', { as: 'manager' });
      const { items, dependencyGraph } = answer.data;
      assert.deepEqual(items.map(({ service }) => service.serviceName).sort(), [...SERVICE_NAMES].sort());
      assert.deepEqual(dependencyGraph['invoicing']?.sort(), ['sendgrid', 'stripe']);
      assert.deepEqual(dependencyGraph['data_sync'], ['airtable']);
    });

    it('is changed live on every replica within a second, and tells it', async () => {
      const told: ConfigChanged[] = await fleet.service.configChanges();
      const tookMs: number[] = [];
      for (const strategy of [...SOME_STRATEGIES, 'ROUND_ROBIN'] as const) {
        const before = await live('twilio');
        const changed = await configure(here(), {
          ...before.service,
          strategy,
          expectedVersion: before.version,
        });
        const changedAtMs = performance.now();
        assert.equal(changed.version, before.version + 1);
        await eventually(async () => assert.equal((await live('twilio', there())).version, changed.version));
        tookMs.push(performance.now() - changedAtMs);
      }
      // The quickest of them: what a busy machine does to the others is not the fleet's doing.
      assert.ok(Math.min(...tookMs) < 1_000, tookMs.join());
      assert.equal((await there().decide('twilio')).routingDecision.routingStrategy, 'ROUND_ROBIN');
      await eventually(() => told.some(({ object }) => object === 'service:twilio'));
    });

    it('refuses a change to a version that has moved on: 409, and nothing changes', async () => {
      const before = await live('maps');
      const body = { ...withIntent(before.service, 'too late'), expectedVersion: before.version - 1 };
      const answer = await here().put('/admin/catalog/services/maps', body);
      assert.equal(answer.status, 409);
      assert.equal(answer.code, 'VERSION_CONFLICT');
      assert.deepEqual(await live('maps'), before);
    });

    it('lets one of two concurrent changes to a version win', async () => {
      const before = await live('maps');
      const put = (intent: string) =>
        here().put('/admin/catalog/services/maps', {
          ...withIntent(before.service, intent),
          expectedVersion: before.version,
        });
      const statuses = (await Promise.all([put('first'), put('second')])).map(({ status }) => status);
      assert.deepEqual(statuses.sort(), [200, 409]);
      assert.equal((await live('maps')).version, before.version + 1);
    });

    it('refuses what cannot be routed by: 422 naming every field', async () => {
      const { service } = await live('stripe');
      const [primary, secondary] = service.nodes as [ServiceConfig['nodes'][0], ServiceConfig['nodes'][0]];
      for (const [nodes, field] of [
        [[primary, { ...secondary, role: 'primary' as const }], 'nodes'],
        [[primary, { ...secondary, nodeId: primary.nodeId }], 'nodes.1.nodeId'],
        [[primary, { ...secondary, nodeId: 'maps_here' }], 'nodes.1.nodeId'],
        [[primary, { ...secondary, baseUrl: 'https://key:secret@api.stripe.com' }], 'nodes.1.baseUrl'],
      ] as const) {
        const answer = await here().put('/admin/catalog/services/stripe', { ...service, nodes });
        assert.equal(answer.status, 422);
        assert.equal(answer.code, 'IMPOSSIBLE_CONFIGURATION');
        assert.ok(answer.badFields.includes(field), `${field}: ${JSON.stringify(answer.body)}`);
      }
      const mismatch = await here().put('/admin/catalog/services/maps', service);
      assert.deepEqual(mismatch.badFields, ['serviceName']);
    });

    it('drains and undrains a node on every replica', async () => {
      const { cheap, dear } = await twoFreshNodes(here(), 'maps');
      const change = (verb: string) => here().post(`/admin/nodes/${cheap}/${verb}`, { comment: 'by hand' });
      await change('drain');
      await eventually(async () => (await there().exclusionOf('maps', cheap))?.reason === 'drained');
      assert.equal(await there().nodeFor('maps'), dear);
      await change('undrain');
      await eventually(async () => (await there().exclusionOf('maps', cheap)) === undefined);
    });
  });

  describe('versions', () => {
    it('keep every change, show what it changed, and can be gone back to', async () => {
      const original = await live('airtable');
      const lease = { ...original.service.thresholds, inFlightLeaseMs: 90_000 };
      await configure(here(), { ...original.service, thresholds: lease, comment: 'slow bases' });
      const [newest, previous] = await versionsOf('airtable');
      assert.equal(newest?.version, original.version + 1);
      assert.equal(newest?.comment, 'slow bases');
      assert.equal(previous?.version, original.version);

      const shown = await here().get<ConfigVersion>(`/admin/versions/${previous?.id}`);
      assert.deepEqual(shown.data.body, original.service);
      const diff = await here().get(`/admin/versions/${previous?.id}/diff/${newest?.id}`);
      assert.deepEqual(diff.data, {
        changes: [{ path: 'thresholds.inFlightLeaseMs', before: 60_000, after: 90_000 }],
      });

      const stale = await here().post(`/admin/versions/${previous?.id}/rollback`, { expectedVersion: 1 });
      assert.equal(stale.code, 'VERSION_CONFLICT');
      const back = await here().post<VersionedService>(`/admin/versions/${previous?.id}/rollback`, '');
      assert.equal(back.data.version, original.version + 2);
      await eventually(async () => {
        const now = await live('airtable', there());
        assert.equal(now.version, original.version + 2);
        assert.deepEqual(now.service, original.service);
      });
    });

    it('of different objects are not compared: 409', async () => {
      const [[maps], [stripe]] = [await versionsOf('maps'), await versionsOf('stripe')];
      const answer = await here().get(`/admin/versions/${maps?.id}/diff/${stripe?.id}`);
      assert.equal(answer.status, 409);
    });

    it('come in pages that lead through all of them once', async () => {
      const whole = await versionsOf('maps');
      assert.ok(whole.length >= 3);
      const paged: ConfigVersion[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const path = `/admin/versions?object=service:maps&limit=1${query}`;
        const page: Answer<Page<ConfigVersion>> = await here().get(path);
        assert.equal(page.data.items.length, 1);
        paged.push(...page.data.items);
        cursor = page.data.nextCursor;
      }
      assert.deepEqual(paged, whole);
    });
  });

  describe('credentials', () => {
    type Statuses = { nodeId: string; credentials: { state: string; expiresAt: string | null }[] };
    const SECRETS = [
      'sk_live_first_0123456789',
      'sk_live_second_0123456789',
      'sk_live_third_0123456789',
    ] as const;
    const shown: unknown[] = [];

    it('are set, rotated with an overlap and revoked; a revoked node takes no calls on any replica', async () => {
      const { cheap } = await twoFreshNodes(here(), 'sendgrid');
      const path = `/admin/nodes/${cheap}/credentials`;
      const states = (answer: Answer<Statuses>) => {
        shown.push(answer.body, [...answer.headers]);
        return answer.data.credentials.map(({ state }) => state);
      };
      const rotate = (secret: string, overlapMinutes: number) =>
        here().post<Statuses>(`${path}/rotate`, { secret, overlapMinutes });

      assert.equal((await rotate(SECRETS[0], 5)).status, 404, 'there is none to rotate');
      assert.deepEqual(states(await here().put<Statuses>(path, { secret: SECRETS[0] })), ['active']);
      const rotated = await rotate(SECRETS[1], 5);
      assert.deepEqual(states(rotated), ['active', 'retiring']);
      const minutesLeft = (Date.parse(rotated.data.credentials[1]?.expiresAt ?? '') - Date.now()) / 60_000;
      assert.ok(minutesLeft > 4 && minutesLeft <= 5, String(minutesLeft));

      assert.deepEqual(states(await here().post<Statuses>(`${path}/revoke`, '')), ['revoked', 'revoked']);
      for (const replica of [here(), there()]) {
        await eventually(
          async () => (await replica.exclusionOf('sendgrid', cheap))?.reason === 'credentials_revoked',
        );
      }
      assert.deepEqual(states(await here().put<Statuses>(path, { secret: SECRETS[2] })), [
        'active',
        'revoked',
        'revoked',
      ]);
      for (const replica of [here(), there()]) {
        await eventually(async () => (await replica.exclusionOf('sendgrid', cheap)) === undefined);
      }
      states(await there().get<Statuses>(path, { as: 'manager' }));
    });

    it('are never shown: not in an answer, the audit, a version or a log', async () => {
      await eventually(async () => assert.equal((await auditOf('action=credential.rotate')).length, 1));
      shown.push(await auditOf('limit=500'));
      shown.push((await here().get('/admin/versions?limit=500')).body);
      const everything = JSON.stringify(shown) + here().log.join('') + there().log.join('');
      for (const secret of SECRETS) assert.ok(!everything.includes(secret), secret);
    });
  });

  describe('the audit', () => {
    it('names actor, before, after and correlation id of every change, and finds them again', async () => {
      const { cheap } = await twoFreshNodes(here(), 'twilio');
      const token = await tokenOf({ role: 'admin', subject: 'alice' });
      const from = new Date().toISOString();
      const headers = { 'x-correlation-id': 'change-4711' };
      const post = (path: string, body: object) => here().post(path, body, { as: { token }, headers });
      await post(`/admin/nodes/${cheap}/drain`, {});
      await post(`/admin/nodes/${cheap}/undrain`, {});
      await post(`/admin/nodes/${cheap}/circuit`, { action: 'force_open', reason: 'looks sick' });
      await post(`/admin/nodes/${cheap}/circuit`, { action: 'reset' });
      const entries = await eventually(async () => {
        const found = await auditOf(`actor=alice&from=${from}`);
        assert.deepEqual(
          found.map(({ action, object }) => [action, object]),
          [
            ['circuit.reset', `node:${cheap}`],
            ['circuit.force_open', `node:${cheap}`],
            ['node.undrain', 'service:twilio'],
            ['node.drain', 'service:twilio'],
          ],
        );
        return found;
      });
      for (const entry of entries) {
        assert.equal(entry.role, 'admin');
        assert.equal(entry.correlationId, 'change-4711');
        assert.notDeepEqual(entry.before, entry.after);
      }
      assert.equal((await auditOf(`object=node:${cheap}&action=circuit.reset`)).length, 1);
      assert.deepEqual(await auditOf(`actor=alice&to=${from}`), []);
    });
  });

  describe('a token of some services', () => {
    const managerOf = async (...services: ServiceName[]) => ({
      as: { token: await tokenOf({ role: 'manager', services }) },
    });
    /** Every item of a list, page by page; each page but the last must be full. */
    async function every<T>(path: string, options: CallOptions): Promise<T[]> {
      const found: T[] = [];
      let cursor = '';
      do {
        const page: Answer<Page<T>> = await here().get(`${path}&limit=2${cursor}`, options);
        const { items, nextCursor } = page.data;
        if (nextCursor !== null) assert.equal(items.length, 2);
        found.push(...items);
        cursor = nextCursor === null ? '' : `&cursor=${encodeURIComponent(nextCursor)}`;
      } while (cursor !== '');
      return found;
    }

    it('sees versions of those alone, in full pages', async () => {
      const all = await every<ConfigVersion>('/admin/versions?', {});
      const shown = await every<ConfigVersion>('/admin/versions?', await managerOf('maps', 'twilio'));
      const theirs = all.filter(({ object }) => /:(maps|twilio)$/.test(object));
      assert.ok(theirs.length > 4 && theirs.length < all.length);
      assert.deepEqual(shown, theirs);
      const ofOther = await here().get<Page<ConfigVersion>>(
        '/admin/versions?object=service:stripe',
        await managerOf('maps'),
      );
      assert.deepEqual(ofOther.data, { items: [], nextCursor: null });
    });

    it('reads and compares versions of those alone: 403, also where the other one is named second', async () => {
      const [[maps], [stripe]] = [await versionsOf('maps'), await versionsOf('stripe')];
      const manager = await managerOf('maps');
      for (const path of [
        `${stripe?.id}`,
        `${stripe?.id}/diff/${maps?.id}`,
        `${maps?.id}/diff/${stripe?.id}`,
      ]) {
        const answer = await here().get(`/admin/versions/${path}`, manager);
        assert.equal(answer.status, 403, path);
        assert.equal(answer.code, 'SERVICE_NOT_ALLOWED');
      }
      assert.equal((await here().get(`/admin/versions/${maps?.id}/diff/${maps?.id}`, manager)).status, 200);
    });

    it('sees of the audit what concerns those, however that is named', async () => {
      const subject = 'bob';
      const options = { as: { token: await tokenOf({ role: 'admin', subject }) } };
      const { cheap } = await twoFreshNodes(here(), 'maps');
      const { cheap: other } = await twoFreshNodes(here(), 'stripe');
      for (const nodeId of [cheap, other]) {
        await here().post(`/admin/nodes/${nodeId}/drain`, {}, options);
        await here().put(`/admin/nodes/${nodeId}/credentials`, { secret: 'sk_live_0123456789' }, options);
        await here().post(`/admin/nodes/${nodeId}/circuit`, { action: 'reset' }, options);
      }
      await eventually(async () => assert.equal((await auditOf(`actor=${subject}`)).length, 6));

      const shown = await every<AuditEntry>(`/admin/audit?actor=${subject}`, await managerOf('maps'));
      assert.deepEqual(shown.map(({ action, object, serviceName }) => [action, object, serviceName]).sort(), [
        ['circuit.reset', `node:${cheap}`, 'maps'],
        ['credential.set', `node:${cheap}`, 'maps'],
        ['node.drain', 'service:maps', 'maps'],
      ]);
      const nobodys = await here().get<Page<AuditEntry>>(
        `/admin/audit?actor=${subject}`,
        await managerOf('airtable'),
      );
      assert.deepEqual(nobodys.data, { items: [], nextCursor: null });
    });

    it('is told so by the documentation of the routes', async () => {
      const { paths } = (await (await fetch(`${here().url}/docs/json`)).json()) as {
        paths: Record<string, { get: { description: string } }>;
      };
      for (const path of ['/api/v1/admin/versions', '/api/v1/admin/audit']) {
        assert.match(paths[path]?.get.description ?? '', /token of some services/, path);
      }
    });
  });
});
