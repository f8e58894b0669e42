import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultCatalog, validateService } from '@signalbox/catalog';
import { STRATEGY_NAMES, serviceConfig } from '@signalbox/contracts';
import { changeFields, hasFields, withFields } from './field-changes.js';
import { routingSettings } from './routing-settings.js';

describe('settings to replay', () => {
  const everySetting = defaultCatalog.flatMap((service) =>
    STRATEGY_NAMES.flatMap((strategy) => {
      const config = { ...service, strategy };
      return routingSettings(config, 0.99).map((setting) => ({ config, setting }));
    }),
  );

  it('are configurations that can be routed by, and come back to what they were', () => {
    assert.ok(everySetting.length > 100);
    for (const { config, setting } of everySetting) {
      const changed = changeFields(config, setting.fields, 'apply');
      assert.ok(serviceConfig.check(changed), setting.title);
      validateService(changed);
      assert.notDeepEqual(changed, config);
      assert.deepEqual(changeFields(changed, setting.fields, 'revert'), config);
    }
  });

  it('are none for a service without a choice', () => {
    const airtable = defaultCatalog.find(({ serviceName }) => serviceName === 'airtable')!;
    assert.deepEqual(routingSettings(airtable, 0.99), []);
    const twilio = defaultCatalog.find(({ serviceName }) => serviceName === 'twilio')!;
    const nodes = twilio.nodes.map((node) => ({ ...node, drained: node.role !== 'primary' }));
    assert.deepEqual(routingSettings({ ...twilio, nodes }, 0.99), []);
  });

  it('give a service without a floor one just below what it is used to', () => {
    const twilio = {
      ...defaultCatalog.find(({ serviceName }) => serviceName === 'twilio')!,
      successFloor: null,
    };
    const floorAt = (success: number | null) =>
      routingSettings(twilio, success).find(({ kind }) => kind === 'cheaper_node')?.fields[1]?.to;
    // 0.994 − 0.005 = 0.989, down to whole percents.
    assert.equal(floorAt(0.994), 0.98);
    assert.equal(floorAt(null), undefined);
  });
});

describe('changeFields', () => {
  const body = {
    strategy: 'A',
    floor: null as number | null,
    nodes: [
      { nodeId: 'x', weight: 1 },
      { nodeId: 'y', weight: 2 },
    ],
  };
  const fields = [
    { path: 'strategy', from: 'A', to: 'B' },
    { path: 'nodes.y.weight', from: 2, to: 3 },
  ];

  it('changes these fields and nothing else, and not the body it was given', () => {
    const changed = changeFields(body, fields, 'apply');
    assert.deepEqual(changed, { ...body, strategy: 'B', nodes: [body.nodes[0], { nodeId: 'y', weight: 3 }] });
    assert.equal(body.strategy, 'A');
    assert.deepEqual(changeFields(changed, fields, 'revert'), body);
  });

  it('refuses the whole of it when any field has moved on, naming each', () => {
    const moved = { ...body, nodes: [body.nodes[0]!, { nodeId: 'y', weight: 9 }] };
    assert.throws(() => changeFields(moved, fields, 'apply'), {
      code: 'CONFLICT',
      message: /nodes\.y\.weight/,
    });
    assert.throws(() => changeFields(body, fields, 'revert'), {
      code: 'CONFLICT',
      message: /strategy, nodes\.y\.weight/,
    });
    const without = { ...body, nodes: [body.nodes[0]!] };
    assert.throws(() => changeFields(without, fields, 'apply'), { code: 'CONFLICT' });
  });

  it('keeps what somebody else has changed meanwhile', () => {
    const others = { ...body, floor: 0.5 };
    assert.equal(changeFields(others, fields, 'apply').floor, 0.5);
    assert.ok(hasFields(withFields(others, fields, 'apply'), fields, 'to'));
    assert.ok(!hasFields(others, fields, 'to'));
  });

  it('makes absent again what was absent', () => {
    const optional = [{ path: 'shadow', from: undefined, to: true }];
    const changed = changeFields(body, optional, 'apply');
    assert.deepEqual(changeFields(changed, optional, 'revert'), body);
    assert.ok(!('shadow' in changeFields(changed, optional, 'revert')));
  });
});
