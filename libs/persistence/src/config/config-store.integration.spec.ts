import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog } from '@signalbox/catalog';
import { SignalboxError } from '@signalbox/contracts';
import { aNode, aService } from '@signalbox/testkit';
import { BY, withDatabase } from '../testing/with-database.js';
import { CatalogStore } from './catalog-store.js';
import { ConfigStore } from './config-store.js';

describe('configuration', () => {
  const test = withDatabase();

  describe('CatalogStore', () => {
    const stores = () => {
      const configs = new ConfigStore(test.database, test.audit);
      return { configs, catalog: new CatalogStore(configs) };
    };

    it('is seeded once by replicas that start together, and left alone after', async () => {
      const seeded = await Promise.all([1, 2, 3].map(() => stores().catalog.seed(defaultCatalog, BY)));
      assert.equal(seeded.flat().length, 6);

      const { catalog } = stores();
      await catalog.edit('maps', (service) => ({ ...service, strategy: 'ROUND_ROBIN' }), { by: BY });
      assert.deepEqual(await catalog.seed(defaultCatalog, BY), []);
      assert.equal((await catalog.get('maps')).service.strategy, 'ROUND_ROBIN');
      assert.deepEqual(
        (await catalog.loadAll()).map(({ service, version }) => [service.serviceName, version]),
        [
          ['airtable', 1],
          ['maps', 2],
          ['samsara', 1],
          ['sendgrid', 1],
          ['stripe', 1],
          ['twilio', 1],
        ],
      );
    });

    it('gives back what was put, to the letter', async () => {
      const { catalog } = stores();
      const service = aService({
        serviceName: 'twilio',
        successFloor: 0.123456789,
        nodes: [aNode({ costPerRequestUsd: 1e-6 })],
      });
      const put = await catalog.put(service, { by: BY });
      assert.deepEqual(await catalog.get('twilio'), put);
      assert.deepEqual(put.service, service);
      assert.equal(put.updatedBy, 'ada');
      assert.match(put.updatedAt, /^\d{4}-.*Z$/);
    });

    it('lets exactly one of ten concurrent changes from the same version win', async () => {
      const { catalog } = stores();
      const { version, service } = await catalog.get('stripe');
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) =>
          catalog.put({ ...service, intent: `attempt ${n}` }, { by: BY, expectedVersion: version }),
        ),
      );
      const won = results.filter((result) => result.status === 'fulfilled');
      const lost = results
        .filter((result) => result.status === 'rejected')
        .map((result) => result.reason as unknown);
      assert.equal(won.length, 1);
      for (const error of lost) {
        assert.ok(error instanceof SignalboxError);
        assert.equal(error.code, 'VERSION_CONFLICT');
        assert.deepEqual(error.details, { expectedVersion: version, currentVersion: version + 1 });
      }
    });

    it('loses no edit when ten happen at once', async () => {
      const { catalog } = stores();
      await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          catalog.edit(
            'samsara',
            (service) => ({ ...service, dependents: [...service.dependents, `d${n}`] }),
            {
              by: BY,
            },
          ),
        ),
      );
      const { service, version } = await catalog.get('samsara');
      assert.equal(version, 11);
      assert.equal(service.dependents.length, 12);
    });

    it('changes nothing when the edit throws', async () => {
      const { catalog, configs } = stores();
      const before = await configs.versions({});
      await assert.rejects(
        catalog.edit(
          'maps',
          () => {
            throw new Error('no such node');
          },
          { by: BY },
        ),
        /no such node/,
      );
      await assert.rejects(
        catalog.edit('unheard_of', (service) => service, { by: BY }),
        { code: 'UNKNOWN_SERVICE' },
      );
      assert.deepEqual(await configs.versions({}), before);
    });

    it('audits a change with what was before and after it', async () => {
      const { catalog } = stores();
      const before = await catalog.get('sendgrid');
      const after = await catalog.put({ ...before.service, strategy: 'ROUND_ROBIN' }, { by: BY });
      const { items } = await test.audit.list({ object: 'service:sendgrid', action: 'config.put' });
      assert.equal(items.length, 1);
      const { id: _id, at: _at, ...entry } = items[0]!;
      assert.deepEqual(entry, {
        ...BY,
        action: 'config.put',
        object: 'service:sendgrid',
        serviceName: 'sendgrid',
        before: before.service,
        after: after.service,
      });
    });
  });

  describe('ConfigStore', () => {
    const configs = () => new ConfigStore(test.database, test.audit);

    it('takes expectedVersion 0 for "there is none yet"', async () => {
      assert.equal(
        (await configs().put('budget:a', { daily: 1 }, { by: BY, expectedVersion: 0 })).version,
        1,
      );
      await assert.rejects(configs().put('budget:a', { daily: 2 }, { by: BY, expectedVersion: 0 }), {
        code: 'VERSION_CONFLICT',
      });
    });

    it('rolls back by writing the old body as a new version', async () => {
      await configs().put('budget:b', { daily: 1, alerts: { warning: 70 } }, { by: BY });
      await configs().put('budget:b', { daily: 2, alerts: {} }, { by: BY, comment: 'more' });
      const {
        items: [second, first],
      } = await configs().versions({ object: 'budget:b' });
      assert.deepEqual(await configs().diff(first!.id, second!.id), [
        { path: 'daily', before: 1, after: 2 },
        { path: 'alerts.warning', before: 70 },
      ]);

      const live = await configs().rollback(first!.id, { by: BY, expectedVersion: 2 }, () => undefined);
      assert.equal(live.version, 3);
      assert.deepEqual(live.body, { daily: 1, alerts: { warning: 70 } });
      const { items } = await configs().versions({ object: 'budget:b' });
      assert.deepEqual(
        items.map(({ version, comment }) => [version, comment]),
        [
          [3, 'Back to version 1'],
          [2, 'more'],
          [1, null],
        ],
      );
    });

    it('refuses to roll back to a body that is not allowed any more', async () => {
      const {
        items: [newest],
      } = await configs().versions({ object: 'budget:b' });
      await assert.rejects(
        configs().rollback(newest!.id, { by: BY }, () => {
          throw new Error('too little');
        }),
        /too little/,
      );
      assert.equal((await configs().get('budget:b'))?.version, newest!.version);
    });

    it('knows no version that does not exist, and compares only versions of one object', async () => {
      for (const id of ['999999', '0', 'x', '1; DROP TABLE config_versions', '9'.repeat(40)]) {
        await assert.rejects(configs().version(id), { code: 'NOT_FOUND' });
      }
      const { items } = await configs().versions({});
      const a = items.find((version) => version.object === 'budget:a')!;
      const b = items.find((version) => version.object === 'budget:b')!;
      await assert.rejects(configs().diff(a.id, b.id), { code: 'CONFLICT' });
    });

    it('pages through versions without repeating or missing one while new ones arrive', async () => {
      for (let n = 1; n <= 7; n++) await configs().put('budget:c', { n }, { by: BY });
      const seen: number[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await configs().versions({
          object: 'budget:c',
          limit: 3,
          ...(cursor ? { cursor } : {}),
        });
        seen.push(...page.items.map((version) => version.version));
        cursor = page.nextCursor;
        await configs().put('budget:c', { late: true }, { by: BY });
      } while (cursor !== null);
      assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1]);
    });
  });
});
