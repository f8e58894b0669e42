import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SERVICE_NAMES, errorEvent, eventContracts, type ErrorEvent } from '@signalbox/contracts';
import { WEBHOOK_HANDLERS, handlerFor, interpret } from '../services.js';
import type { Fault, Interpreted } from './meaning.js';

function meaning(serviceName: (typeof SERVICE_NAMES)[number], type: string, payload: unknown): Interpreted {
  const interpretation = interpret({ serviceName, type, payload });
  assert.equal(interpretation.kind, 'interpreted', JSON.stringify(interpretation));
  // Both travel: the meaning in `webhooks.processed`, the signal in `errors.reported`.
  const { meaning: said, signal } = interpretation;
  const travelling = {
    eventId: 'e',
    occurredAt: '2025-01-01T00:00:00Z',
    serviceName,
    webhookEventId: 'w',
    externalId: 'x',
    type,
    entity: null,
    critical: false,
    receivedAt: '2025-01-01T00:00:00Z',
    state: 'processed',
    attempts: 1,
    latencyMs: 1,
    meaning: JSON.parse(JSON.stringify(said)) as unknown,
    reason: null,
  };
  assert.deepEqual(eventContracts['webhooks.processed'].errors(travelling), []);
  if (signal !== null) assert.deepEqual(errorEvent.errors(signal), []);
  return interpretation;
}

describe('a failed payment', () => {
  const intent = (error: object | null, more: object = {}) => ({
    data: {
      object: {
        id: 'pi_1',
        object: 'payment_intent',
        amount: 1999,
        currency: 'usd',
        customer: 'cus_1',
        last_payment_error: error,
        ...more,
      },
    },
  });
  const failed = (payload: unknown, type = 'payment_intent.payment_failed') =>
    meaning('stripe', type, payload);

  it('tells who and how much, in cents', () => {
    const declined = { type: 'card_error', code: 'card_declined', decline_code: 'insufficient_funds' };
    assert.deepEqual(failed(intent(declined)), {
      kind: 'interpreted',
      meaning: {
        kind: 'payment_failed',
        fields: {
          paymentId: 'pi_1',
          customerId: 'cus_1',
          amountMinor: 1999,
          currency: 'usd',
          code: 'card_declined',
          declineCode: 'insufficient_funds',
          fault: 'recipient',
        },
      },
      signal: null,
    });
  });

  const FAULTS: [
    title: string,
    error: object | null,
    fault: Fault,
    severity: ErrorEvent['severity'] | null,
  ][] = [
    ['a card declined', { type: 'card_error', code: 'card_declined' }, 'recipient', null],
    ['a card expired', { type: 'card_error', code: 'expired_card' }, 'recipient', null],
    ['a wrong request', { type: 'invalid_request_error' }, 'caller', null],
    ['a key used twice', { type: 'idempotency_error' }, 'caller', null],
    ['no error named', null, 'recipient', null],
    ['Stripe’s API failing', { type: 'api_error' }, 'provider', 'medium'],
    ['Stripe’s limit', { type: 'rate_limit_error' }, 'provider', 'low'],
    ['a processing error', { type: 'card_error', code: 'processing_error' }, 'provider', 'low'],
    [
      'a processing error behind a decline',
      { type: 'card_error', code: 'card_declined', decline_code: 'processing_error' },
      'provider',
      'low',
    ],
  ];
  for (const [title, error, fault, severity] of FAULTS) {
    it(`by ${title} is put down to the ${fault}${severity === null ? ', and says nothing of Stripe' : ''}`, () => {
      const { meaning: said, signal } = failed(intent(error));
      assert.equal(said.kind === 'payment_failed' && said.fields.fault, fault);
      assert.equal(signal?.severity ?? null, severity);
    });
  }

  it('blames the node that its service named, and puts the money at risk in dollars', () => {
    const { signal } = failed(
      intent({ type: 'api_error' }, { metadata: { signalbox_node_id: 'stripe_primary_us_east' } }),
    );
    assert.deepEqual(signal, {
      errorType: 'payment_processing_error',
      serviceName: 'stripe',
      operation: 'payment_processing',
      severity: 'medium',
      errorMessage: 'Stripe could not process a payment: api_error',
      businessImpact: { revenueAtRisk: 19.99 },
      errorDetails: { failedProviders: ['stripe_primary_us_east'] },
    });
  });

  it('blames no node where none, or no node’s name, is given', () => {
    assert.equal(failed(intent({ type: 'api_error' })).signal?.errorDetails, undefined);
    const odd = intent({ type: 'api_error' }, { metadata: { signalbox_node_id: '../Stripe' } });
    assert.equal(failed(odd).signal?.errorDetails, undefined);
  });

  it('names no dollars for other currencies', () => {
    const { signal } = failed(intent({ type: 'api_error' }, { currency: 'jpy' }));
    assert.equal(signal?.businessImpact, undefined);
  });

  it('counts once: the charge and the invoice of a PaymentIntent give no signal of their own', () => {
    const charge = (more: object) => ({
      data: {
        object: {
          id: 'ch_1',
          object: 'charge',
          amount: 5,
          currency: 'usd',
          failure_code: 'processing_error',
          ...more,
        },
      },
    });
    assert.equal(failed(charge({ payment_intent: 'pi_1' }), 'charge.failed').signal, null);
    assert.equal(failed(charge({}), 'charge.failed').signal?.severity, 'low');
    const invoice = { data: { object: { id: 'in_1', object: 'invoice', amount_due: 700, currency: 'eur' } } };
    const { meaning: said, signal } = failed(invoice, 'invoice.payment_failed');
    assert.deepEqual([said.kind === 'payment_failed' && said.fields.amountMinor, signal], [700, null]);
  });

  it('that is no payment is invalid, by its fields', () => {
    const interpretation = interpret({
      serviceName: 'stripe',
      type: 'payment_intent.payment_failed',
      payload: { data: { object: { id: 'pi_1', object: 'payment_intent', amount: 19.99, currency: 'USD' } } },
    });
    assert.equal(interpretation.kind, 'invalid');
    const paths = interpretation.fields.map(({ path }) => path);
    assert.ok(paths.includes('data.object.amount') && paths.includes('data.object.currency'), paths.join());
  });
});

describe('a dispute', () => {
  const dispute = {
    data: {
      object: {
        id: 'dp_1',
        object: 'dispute',
        amount: 5000,
        currency: 'usd',
        reason: 'fraudulent',
        status: 'needs_response',
        charge: 'ch_1',
        payment_intent: 'pi_1',
        balance_transactions: [{ fee: 1500 }, { fee: 0 }],
      },
    },
  };

  it('that opens is money at risk, low and of no node: no route would have spared it', () => {
    const { meaning: said, signal } = meaning('stripe', 'charge.dispute.created', dispute);
    assert.deepEqual(said, {
      kind: 'dispute_opened',
      fields: {
        disputeId: 'dp_1',
        chargeId: 'ch_1',
        paymentId: 'pi_1',
        amountMinor: 5000,
        currency: 'usd',
        reason: 'fraudulent',
        status: 'needs_response',
        feeMinor: 1500,
      },
    });
    assert.deepEqual(
      [signal?.severity, signal?.businessImpact, signal?.errorDetails],
      ['low', { revenueAtRisk: 50 }, undefined],
    );
  });

  for (const [type, kind] of [
    ['charge.dispute.updated', 'dispute_updated'],
    ['charge.dispute.funds_withdrawn', 'dispute_updated'],
    ['charge.dispute.funds_reinstated', 'dispute_updated'],
    ['charge.dispute.closed', 'dispute_closed'],
  ] as const) {
    it(`${type} is told and signals nothing more`, () => {
      const { meaning: said, signal } = meaning('stripe', type, dispute);
      assert.deepEqual([said.kind, signal], [kind, null]);
    });
  }
});

describe('mail that did not arrive', () => {
  const email = (more: object) => ({ email: 'Jane.Doe@Example.com', sg_message_id: 'm1.filter.2', ...more });

  const CASES: [string, string, object, string, Fault, boolean][] = [
    [
      'a bounce',
      'bounce',
      { type: 'bounce', bounce_classification: 'Invalid Address' },
      'email_bounced',
      'recipient',
      false,
    ],
    [
      'a bounce called technical',
      'bounce',
      { type: 'bounce', bounce_classification: 'Technical' },
      'email_bounced',
      'recipient',
      false,
    ],
    [
      'a block for reputation',
      'bounce',
      { type: 'blocked', bounce_classification: 'Reputation' },
      'email_blocked',
      'provider',
      true,
    ],
    [
      'a block for a failure',
      'bounce',
      { type: 'blocked', bounce_classification: 'Technical' },
      'email_blocked',
      'provider',
      true,
    ],
    [
      'a block for content',
      'bounce',
      { type: 'blocked', bounce_classification: 'Content' },
      'email_blocked',
      'caller',
      false,
    ],
    [
      'a block of a full mailbox',
      'bounce',
      { type: 'blocked', bounce_classification: 'Mailbox Unavailable' },
      'email_blocked',
      'recipient',
      false,
    ],
    ['a block of no class', 'bounce', { type: 'blocked' }, 'email_blocked', 'recipient', false],
    ['a suppressed address', 'dropped', { reason: 'Bounced Address' }, 'email_dropped', 'recipient', false],
    ['a bad request', 'dropped', { reason: 'Invalid SMTPAPI header' }, 'email_dropped', 'caller', false],
  ];
  for (const [title, type, more, kind, fault, signals] of CASES) {
    it(`by ${title} is ${kind}, put down to the ${fault}`, () => {
      const { meaning: said, signal } = meaning('sendgrid', type, email(more));
      assert.deepEqual(
        [said.kind, (said.fields as { fault?: Fault }).fault, signal !== null],
        [kind, fault, signals],
      );
    });
  }

  it('names the domain and never the address, not even where the receiver wrote it', () => {
    const { meaning: said } = meaning(
      'sendgrid',
      'bounce',
      email({
        type: 'bounce',
        status: '5.1.1',
        reason: '550 <Jane.Doe@Example.com> unknown; jane.doe@example.com',
      }),
    );
    assert.deepEqual(said.fields, {
      messageId: 'm1',
      recipientDomain: 'example.com',
      smtpStatus: '5.1.1',
      classification: null,
      reason: '550 <…> unknown; …',
      fault: 'recipient',
    });
  });

  it('counts against the node that its service named; a limit is told as one', () => {
    const { signal } = meaning(
      'sendgrid',
      'bounce',
      email({
        type: 'blocked',
        bounce_classification: 'Frequency or Volume Too High',
        signalbox_node_id: 'sendgrid_eu',
      }),
    );
    assert.deepEqual(
      [signal?.errorType, signal?.errorDetails],
      ['rate_limit', { failedProviders: ['sendgrid_eu'] }],
    );
  });
});

describe('a message that will not arrive', () => {
  const CASES: [code: string | number | null, Fault, ErrorEvent['severity'] | null, string | null][] = [
    ['30001', 'provider', 'low', 'rate_limit'],
    ['30002', 'provider', 'high', 'account_suspended'],
    ['30003', 'recipient', null, null],
    ['30005', 'recipient', null, null],
    ['30006', 'recipient', null, null],
    ['30007', 'caller', null, null],
    ['30008', 'provider', 'low', 'message_failed'],
    ['30034', 'caller', null, null],
    ['30410', 'provider', 'low', 'carrier_timeout'],
    ['', 'recipient', null, null],
    [null, 'recipient', null, null],
    [30008, 'provider', 'low', 'message_failed'],
  ];
  for (const [code, fault, severity, errorType] of CASES) {
    it(`for code ${JSON.stringify(code)} is put down to the ${fault}`, () => {
      const { meaning: said, signal } = meaning('twilio', 'message.undelivered', {
        MessageSid: 'SM1',
        ErrorCode: code,
      });
      assert.deepEqual(
        [said.kind, (said.fields as { fault?: Fault }).fault],
        ['message_undeliverable', fault],
      );
      assert.deepEqual([signal?.severity ?? null, signal?.errorType ?? null], [severity, errorType]);
    });
  }

  it('is told alike from a callback and from a stream', () => {
    const callback = meaning('twilio', 'message.failed', { SmsSid: 'SM1', ErrorCode: '30410' });
    const stream = meaning('twilio', 'com.twilio.messaging.message.failed', {
      id: 'EZ1',
      data: { messageSid: 'SM1', errorCode: 30410 },
    });
    assert.deepEqual(stream, callback);
    assert.deepEqual(callback.meaning.fields, {
      messageId: 'SM1',
      status: 'failed',
      errorCode: 30410,
      fault: 'provider',
    });
  });
});

describe('an alert of a vehicle', () => {
  const incident = (conditions: object[], isResolved = false) => ({
    eventId: 'e',
    eventType: 'AlertIncident',
    data: { conditions, isResolved, happenedAtTime: '2025-01-01T00:00:00Z' },
  });
  const panic = { description: 'Panic button pressed', details: { panicButton: { vehicle: { id: '9' } } } };

  it('that is an emergency says of which vehicle, and says nothing of Samsara', () => {
    assert.deepEqual(meaning('samsara', 'AlertIncident', incident([panic])), {
      kind: 'interpreted',
      meaning: {
        kind: 'vehicle_emergency',
        fields: { vehicleId: '9', emergency: 'panic_button', happenedAt: '2025-01-01T00:00:00.000Z' },
      },
      signal: null,
    });
  });

  it('tells when it is over', () => {
    const { meaning: said } = meaning('samsara', 'AlertIncident', incident([panic], true));
    assert.equal(said.kind, 'vehicle_emergency_resolved');
  });

  it('of version 1 means the same', () => {
    const { meaning: said } = meaning('samsara', 'Alert', {
      eventId: 'e',
      eventType: 'Alert',
      eventMs: 1735689600000,
      event: { alertConditionDescription: 'A crash was detected', device: { id: 9 } },
    });
    assert.deepEqual(said.fields, {
      vehicleId: '9',
      emergency: 'crash',
      happenedAt: '2025-01-01T00:00:00.000Z',
    });
  });

  it('that is no emergency means nothing', () => {
    const speeding = incident([{ description: 'Vehicle speed', details: { speed: {} } }]);
    assert.deepEqual(interpret({ serviceName: 'samsara', type: 'AlertIncident', payload: speeding }), {
      kind: 'ignored',
    });
  });
});

describe('changes of records', () => {
  it('are counted per table, without what is in them', () => {
    const payload = {
      baseTransactionNumber: 7,
      changedTablesById: {
        tblA: { createdRecordsById: { rec1: {} }, changedRecordsById: { rec2: {}, rec3: {} } },
        tblB: { destroyedRecordIds: ['rec4'] },
      },
    };
    assert.deepEqual(meaning('airtable', 'records.changed', payload).meaning.fields, {
      baseTransactionNumber: 7,
      tables: [
        { tableId: 'tblA', recordsCreated: 1, recordsChanged: 2, recordsDestroyed: 0 },
        { tableId: 'tblB', recordsCreated: 0, recordsChanged: 0, recordsDestroyed: 1 },
      ],
    });
  });

  for (const [code, signals] of [
    ['INTERNAL_ERROR', true],
    ['INVALID_FILTERS', false],
    ['INVALID_HOOK', false],
  ] as const) {
    it(`that could not be told for ${code} ${signals ? 'are Airtable’s failure' : 'are ours to mend'}`, () => {
      const { meaning: said, signal } = meaning('airtable', 'payload.error', {
        baseTransactionNumber: 8,
        error: true,
        code,
      });
      assert.deepEqual([said.kind, signal !== null], ['change_feed_failed', signals]);
    });
  }
});

describe('the handlers', () => {
  it('have names of their own', () => {
    const names = WEBHOOK_HANDLERS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });

  it('leave a type that none knows alone', () => {
    assert.equal(handlerFor('stripe', 'customer.created'), null);
    const event = { serviceName: 'stripe', type: 'customer.created', payload: {} } as const;
    assert.deepEqual(interpret(event), { kind: 'ignored' });
  });

  it('know a type of their own service only', () => {
    assert.equal(handlerFor('twilio', 'bounce'), null);
  });
});
