import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ServiceName } from '@signalbox/contracts';
import { parsed, refused } from '../../testing/payloads.js';
import { operationOf } from '../index.js';

describe('request', () => {
  const refuses = (payload: object) => refused('stripe', 'request', payload);
  const encoded = (service: ServiceName, payload: object, idempotencyKey?: string) => {
    const operation = operationOf(service, 'request');
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    const [call] = operation.encode(
      [{ id: 'a', payload: parsed(service, 'request', payload), ...key }],
      'node',
    );
    assert.ok(call !== undefined);
    return call.request;
  };

  it('is sent as it is', () => {
    const request = encoded('samsara', {
      method: 'PATCH',
      path: '/fleet/vehicles/1',
      query: { tag: ['a', 'b'], limit: 5 },
      headers: { 'X-Trace': '1' },
      body: { name: 'Truck', notes: null },
    });
    assert.deepEqual(request, {
      method: 'PATCH',
      path: '/fleet/vehicles/1',
      query: [
        ['tag', 'a'],
        ['tag', 'b'],
        ['limit', '5'],
      ],
      headers: { 'x-trace': '1', 'content-type': 'application/json' },
      body: '{"name":"Truck","notes":null}',
    });
  });

  it('carries an idempotency key where the provider takes one', () => {
    const write = { method: 'POST', path: '/v1/refunds', body: { charge: 'ch_1' } };
    assert.equal(encoded('stripe', write, 'refund-1').headers['idempotency-key'], 'refund-1');
    assert.equal(
      encoded('twilio', { ...write, path: '/x' }, 'refund-1').headers['idempotency-key'],
      undefined,
    );
    assert.equal(
      encoded('stripe', { ...write, headers: { 'Idempotency-Key': 'own' } }, 'k').headers['idempotency-key'],
      'own',
    );
    const read = { method: 'GET', path: '/v1/refunds' };
    assert.equal(encoded('stripe', read, 'k').headers['idempotency-key'], undefined);
  });

  it('may be repeated when HTTP or a key says so', () => {
    const repeatable = (service: ServiceName, method: string, idempotencyKey?: string) => {
      const item = {
        id: 'a',
        payload: { method, path: '/v1/things' },
        ...(idempotencyKey && { idempotencyKey }),
      };
      return operationOf(service, 'request').repeatable(item);
    };
    assert.deepEqual(
      ['GET', 'PUT', 'DELETE'].map((method) => repeatable('twilio', method)),
      [true, true, true],
    );
    assert.deepEqual(
      [repeatable('stripe', 'POST'), repeatable('stripe', 'POST', 'k'), repeatable('twilio', 'POST', 'k')],
      [false, true, false],
    );
  });

  it('reads are GET and HEAD', () => {
    const effect = (method: string) => operationOf('maps', 'request').effect({ method, path: '/x' });
    assert.deepEqual(['GET', 'HEAD', 'POST', 'DELETE'].map(effect), ['read', 'read', 'write', 'write']);
  });

  it('keeps to the node and to what is the caller’s to say', () => {
    for (const path of [
      '//evil.example/x',
      'https://evil.example',
      '/a/../b',
      '/a/%2e%2E/b',
      '/a?b=1',
      '/a b',
      '/a\\b',
    ]) {
      assert.equal(refuses({ method: 'GET', path }).length, 1, path);
    }
    const authorized = { method: 'GET', path: '/x', headers: { Authorization: 'Bearer x' } };
    assert.deepEqual(refuses(authorized), ['payload.headers.Authorization']);
    assert.equal(refuses({ method: 'GET', path: '/x', headers: { 'X-A': 'b\r\nc: d' } }).length, 1);
    assert.deepEqual(refuses({ method: 'GET', path: '/x', body: {} }), ['payload.body']);
    assert.deepEqual(refuses({ method: 'TRACE', path: '/x' }), ['payload.method']);
  });
});
