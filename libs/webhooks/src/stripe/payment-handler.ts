import Type, { type Static } from 'typebox';
import { contract, type ErrorEvent } from '@signalbox/contracts';
import { blamedNodes } from '../meaning/attribution.js';
import { handlerOf } from '../meaning/handler.js';
import type { Fault, PaymentFailed } from '../meaning/meaning.js';
import { Amount, Currency, Metadata, Reference, idOf, optional, usdAtRisk } from './objects.js';

const PaymentError = Type.Object({
  type: optional(Type.String()),
  code: optional(Type.String()),
  decline_code: optional(Type.String()),
});

/** What is read of a PaymentIntent, a charge or an invoice; each has some of it. */
const payment = contract(
  Type.Object({
    data: Type.Object({
      object: Type.Object({
        id: Type.String({ minLength: 1, maxLength: 256 }),
        object: Type.Enum(['payment_intent', 'charge', 'invoice']),
        amount: optional(Amount),
        amount_due: optional(Amount),
        currency: Currency,
        customer: optional(Reference),
        payment_intent: optional(Reference),
        last_payment_error: optional(PaymentError),
        failure_code: optional(Type.String()),
        metadata: optional(Metadata),
      }),
    }),
  }),
);
type PaymentObject = Static<typeof payment.schema>['data']['object'];

export const stripePaymentFailed = handlerOf({
  name: 'stripe.payment_failed',
  serviceName: 'stripe',
  types: ['payment_intent.payment_failed', 'charge.failed', 'invoice.payment_failed'],
  payload: payment,
  meaningOf: ({ data: { object } }) => {
    const error = errorOf(object);
    const fields: PaymentFailed = {
      paymentId: idOf(object.payment_intent) ?? object.id,
      customerId: idOf(object.customer),
      amountMinor: object.amount ?? object.amount_due ?? 0,
      currency: object.currency,
      code: error.code,
      declineCode: error.declineCode,
      fault: faultOf(error),
    };
    return {
      meaning: { kind: 'payment_failed', fields },
      signal: isToldElsewhere(object) ? null : signalOf(object, error, fields),
    };
  },
});

interface PaymentErrorCodes {
  type: string | null;
  code: string | null;
  declineCode: string | null;
}

function errorOf({ last_payment_error: error, failure_code: failure }: PaymentObject): PaymentErrorCodes {
  return {
    type: error?.type ?? null,
    code: error?.code ?? failure ?? null,
    declineCode: error?.decline_code ?? null,
  };
}

/**
 * A declined card is the customer's or the issuer's, and the node that carried it did well; a wrong request is the
 * caller's. What is left is Stripe's own: its API failed, its limit was hit, or it could not process the card.
 * https://docs.stripe.com/error-handling#error-types
 */
function faultOf({ type, code, declineCode }: PaymentErrorCodes): Fault {
  if (type === 'api_error' || type === 'rate_limit_error') return 'provider';
  if (code === 'processing_error' || declineCode === 'processing_error') return 'provider';
  return type === 'invalid_request_error' || type === 'idempotency_error' ? 'caller' : 'recipient';
}

/** One failure brings events of the charge, its PaymentIntent and its invoice: the PaymentIntent's counts. */
function isToldElsewhere({ object, payment_intent: intent }: PaymentObject): boolean {
  return object === 'invoice' || (object === 'charge' && idOf(intent) !== null);
}

function signalOf(
  { metadata }: PaymentObject,
  { type }: PaymentErrorCodes,
  { fault, code, amountMinor, currency }: PaymentFailed,
): ErrorEvent | null {
  if (fault !== 'provider') return null;
  return {
    errorType: type === 'rate_limit_error' ? 'rate_limit' : 'payment_processing_error',
    serviceName: 'stripe',
    operation: 'payment_processing',
    // An API error is Stripe's own word on itself; a processing error may still be one bank's.
    severity: type === 'api_error' ? 'medium' : 'low',
    errorMessage: `Stripe could not process a payment: ${(type ?? code ?? 'unknown').slice(0, 100)}`,
    ...usdAtRisk(amountMinor, currency),
    ...blamedNodes(metadata),
  };
}
