import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { ServiceName } from '@signalbox/contracts';
import { BY, withDatabase } from '../testing/with-database.js';

describe('AuditStore', () => {
  const test = withDatabase();

  it('lists by actor, action, object and time, newest first', async () => {
    const entries = [
      { by: BY, action: 'node.drain', object: 'node:a' },
      { by: { ...BY, actor: 'grace' }, action: 'node.drain', object: 'node:b' },
      { by: BY, action: 'node.undrain', object: 'node:b' },
    ];
    for (const entry of entries) await test.audit.append(entry);
    const found = async (query: Parameters<typeof test.audit.list>[0]) =>
      (await test.audit.list(query)).items.map((entry) => `${entry.actor} ${entry.action} ${entry.object}`);

    assert.deepEqual(await found({ actor: 'ada' }), ['ada node.undrain node:b', 'ada node.drain node:a']);
    assert.deepEqual(await found({ action: 'node.drain', object: 'node:b' }), ['grace node.drain node:b']);
    assert.deepEqual(await found({ to: '2020-01-01T00:00:00Z' }), []);
    const { items } = await test.audit.list({});
    assert.deepEqual(
      await found({ from: items[0]!.at }),
      await found({ from: items[0]!.at, to: '2999-01-01T00:00:00Z' }),
    );
  });

  it('tells whoever may touch some services what concerns those alone, in full pages', async () => {
    const by = { ...BY, actor: 'scoped' };
    const concerning: [string, ServiceName?][] = [
      ['budget:maps'],
      ['service:stripe'],
      ['alert:1', 'maps'],
      ['alert:2', 'stripe'],
      ['alert:3'],
      ['token:maps-of-hand'],
      ['batch-requests:maps,stripe'],
      ['batch-requests:maps'],
    ];
    for (const [object, serviceName] of concerning) {
      await test.audit.append({ by, action: 'x', object, ...(serviceName ? { serviceName } : {}) });
    }
    await test.audit.record([
      {
        eventId: 'scoped-1',
        occurredAt: new Date().toISOString(),
        actor: 'scoped',
        role: 'admin',
        action: 'x',
        object: 'node:maps_here',
        serviceName: 'maps',
        before: null,
        after: null,
        correlationId: 'c',
      },
    ]);
    const ofMaps = { actor: 'scoped', limit: 2 };
    const first = await test.audit.list(ofMaps, ['maps']);
    assert.equal(first.items.length, 2);
    const second = await test.audit.list({ ...ofMaps, cursor: first.nextCursor! }, ['maps']);
    assert.deepEqual(
      new Set([...first.items, ...second.items].map(({ object, serviceName }) => `${object} ${serviceName}`)),
      new Set(['budget:maps maps', 'alert:1 maps', 'batch-requests:maps maps', 'node:maps_here maps']),
    );
    assert.equal(second.nextCursor, null);
    assert.equal((await test.audit.list({ actor: 'scoped' })).items.length, 9);
    assert.deepEqual((await test.audit.list({ actor: 'scoped' }, [])).items, []);
  });

  it('redacts secrets before they are written', async () => {
    await test.audit.append({
      by: BY,
      action: 'x',
      object: 'redacted',
      after: { secret: 'sk_live_1', size: 3 },
    });
    const { items } = await test.audit.list({ object: 'redacted' });
    assert.deepEqual(items[0]!.after, { secret: '[redacted]', size: 3 });
    assert.equal(items[0]!.before, null);
  });

  it('cannot be rewritten', async () => {
    for (const statement of [
      `UPDATE audit_entries SET actor = 'nobody'`,
      'DELETE FROM audit_entries',
      'TRUNCATE audit_entries',
    ]) {
      await assert.rejects(test.database.query(statement), /append-only/, statement);
    }
  });

  it('has the next month ready when it writes on the last day of one', async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.UTC(2031, 0, 31, 23, 59, 59, 999) });
    try {
      await test.audit.append({ by: BY, action: 'x', object: 'month-end' });
    } finally {
      mock.timers.reset();
    }
    const [row] = await test.database.query(
      `SELECT to_regclass('audit_entries_p203101') IS NOT NULL AS january,
         to_regclass('audit_entries_p203102') IS NOT NULL AS february`,
    );
    assert.deepEqual(row, { january: true, february: true });
  });

  it('is written with the change or not at all', async () => {
    await assert.rejects(
      test.audit.transaction(async (_manager, record) => {
        await record({ by: BY, action: 'x', object: 'rolled-back' });
        throw new Error('the change failed');
      }),
      /the change failed/,
    );
    assert.deepEqual((await test.audit.list({ object: 'rolled-back' })).items, []);
  });

  it('pages without repeating or missing an entry while new ones arrive', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        test.audit.append({ by: BY, action: 'x', object: 'paged', after: { n } }),
      ),
    );
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await test.audit.list({ object: 'paged', limit: 4, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map((entry) => entry.id));
      cursor = page.nextCursor;
      await test.audit.append({ by: BY, action: 'x', object: 'paged', after: 'late' });
    } while (cursor !== null);
    assert.equal(seen.length, 10);
    assert.equal(new Set(seen).size, 10);
  });

  it('refuses a cursor that is none of its own', async () => {
    const forged = [['2026-13-45T00:00:00Z', 1], ['x', 1], [1], ["2026-01-01T00:00:00Z'; --", 1], null, {}];
    const cursors = [
      ...forged.map((key) => Buffer.from(JSON.stringify(key)).toString('base64url')),
      '%%%',
      'AAAA',
    ];
    for (const cursor of cursors) {
      await assert.rejects(test.audit.list({ cursor }), { code: 'VALIDATION_FAILED' }, cursor);
    }
  });
});
