import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redact } from './redact.js';

describe('redact', () => {
  it('replaces what is named like a secret, however deep, and leaves the rest', () => {
    assert.deepEqual(
      redact({
        nodeId: 'maps_here',
        credentialRef: 'maps_here',
        weightPercent: 10,
        clientSecret: 's',
        list: [{ api_key: 'k' }, { apiKey: ['k'] }, { 'api-key': { nested: 'k' } }],
        headers: { Authorization: 'Bearer x', accept: '*/*' },
        accessToken: null,
      }),
      {
        nodeId: 'maps_here',
        credentialRef: 'maps_here',
        weightPercent: 10,
        clientSecret: '[redacted]',
        list: [{ api_key: '[redacted]' }, { apiKey: '[redacted]' }, { 'api-key': '[redacted]' }],
        headers: { Authorization: '[redacted]', accept: '*/*' },
        accessToken: null,
      },
    );
  });

  it('ends on a value nested without end', () => {
    const loop: Record<string, unknown> = {};
    loop['again'] = loop;
    assert.ok(JSON.stringify(redact(loop)).includes('[redacted]'));
  });
});
