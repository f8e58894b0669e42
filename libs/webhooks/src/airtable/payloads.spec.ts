import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readPayloadPage } from './payloads.js';
import { WEBHOOK_LIFETIME_MS, renewalDueAtMs } from './renewal.js';

const FROM = { baseId: 'appA', webhookId: 'achB', cursor: 5 };
const payload = (baseTransactionNumber: number, more: object = { changedTablesById: {} }) => ({
  timestamp: '2025-01-01T00:00:00.000Z',
  baseTransactionNumber,
  payloadFormat: 'v0',
  ...more,
});
const page = (answer: unknown) => {
  const read = readPayloadPage(FROM, answer);
  assert.equal(read.kind, 'page', JSON.stringify(read));
  return read;
};

describe('a page of Airtable payloads', () => {
  it('is an event for each transaction, numbered within its base', () => {
    const { events, nextCursor, mightHaveMore } = page({
      cursor: 7,
      mightHaveMore: true,
      payloads: [payload(31), payload(32, { createdTablesById: { tblC: {} } })],
    });
    assert.deepEqual([nextCursor, mightHaveMore], [7, true]);
    assert.deepEqual(
      events.map(({ externalId, type, entity, sequence }) => [externalId, type, entity, sequence]),
      [
        ['achB:31', 'records.changed', 'base:appA', 31],
        ['achB:32', 'tables.changed', 'base:appA', 32],
      ],
    );
  });

  it('tells the same event by the same id however often it is listed', () => {
    const answer = { cursor: 6, mightHaveMore: false, payloads: [payload(31)] };
    assert.deepEqual(page(answer).events, page(answer).events);
  });

  it('keeps what Airtable could not tell as an event of its own', () => {
    const answer = {
      cursor: 6,
      mightHaveMore: false,
      payloads: [payload(31, { error: true, code: 'INTERNAL_ERROR' })],
    };
    assert.equal(page(answer).events[0]?.type, 'payload.error');
  });

  it('that is empty ends the listing, also when it claims that there might be more', () => {
    for (const mightHaveMore of [false, true]) {
      const read = page({ cursor: 5, mightHaveMore, payloads: [] });
      assert.deepEqual([read.events, read.nextCursor, read.mightHaveMore], [[], 5, false]);
    }
  });

  for (const [title, answer, detail] of [
    [
      'whose cursor goes back',
      { cursor: 4, mightHaveMore: false, payloads: [] },
      'cursor: goes back from 5 to 4',
    ],
    ['without a cursor', { mightHaveMore: false, payloads: [] }, 'cursor: is required'],
    [
      'with a payload without a number',
      { cursor: 6, mightHaveMore: false, payloads: [{}] },
      /baseTransactionNumber/,
    ],
    ['that is an error', { error: { type: 'NOT_FOUND' } }, /is required/],
    ['that is nothing', null, /^answer: /],
  ] as const) {
    it(`${title} is not taken`, () => {
      const read = readPayloadPage(FROM, answer);
      assert.ok(read.kind === 'unreadable' && read.reason === 'wrong_shape');
      if (typeof detail === 'string') assert.equal(read.detail, detail);
      else assert.match(read.detail, detail);
    });
  }
});

describe('the renewal of an Airtable webhook', () => {
  it('is due with three and a half days left of seven', () => {
    const createdAtMs = Date.UTC(2025, 0, 1);
    const due = renewalDueAtMs(createdAtMs + WEBHOOK_LIFETIME_MS);
    assert.equal(due, Date.UTC(2025, 0, 4, 12));
  });
});
