import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsed, refused } from '../../testing/payloads.js';
import { operationOf } from '../index.js';

const message = { To: '+14155550001', From: '+14155550000', Body: 'Hello' };

describe('twilio send_message', () => {
  it('bills a segment for 160 characters of GSM-7 or 70 of anything else, 153 and 67 in parts', () => {
    const operation = operationOf('twilio', 'send_message');
    const segments = (Body: string) =>
      operation.measure(parsed('twilio', 'send_message', { ...message, Body })).addedBillableUnits;
    assert.deepEqual(
      [160, 161, 306, 307].map((length) => segments('a'.repeat(length))),
      [1, 2, 2, 3],
    );
    // The euro sign is in the extension: two septets.
    assert.deepEqual(
      [80, 81].map((length) => segments('€'.repeat(length))),
      [1, 2],
    );
    assert.deepEqual(
      [70, 71, 134, 135].map((length) => segments('ж'.repeat(length))),
      [1, 2, 2, 3],
    );
    // Beyond the first plane a character is two units.
    assert.deepEqual(
      [35, 36].map((length) => segments('😀'.repeat(length))),
      [1, 2],
    );
  });

  it('is never repeated when it may have gone out', () => {
    const operation = operationOf('twilio', 'send_message');
    assert.ok(!operation.repeatable({ id: 'a', payload: message, idempotencyKey: 'k' }));
  });

  it('needs somebody to send it and something to say', () => {
    assert.deepEqual(refused('twilio', 'send_message', { To: '+1', Body: 'x' }), ['payload.From']);
    assert.deepEqual(refused('twilio', 'send_message', { To: '+1', From: '+2' }), ['payload.Body']);
  });
});
