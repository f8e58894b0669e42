import Type, { type Static } from 'typebox';
import { contract } from '@signalbox/contracts';
import { handlerOf } from '../meaning/handler.js';
import type { Dispute } from '../meaning/meaning.js';
import { Amount, Currency, Reference, idOf, optional, usdAtRisk } from './objects.js';

const dispute = contract(
  Type.Object({
    data: Type.Object({
      object: Type.Object({
        id: Type.String({ minLength: 1, maxLength: 256 }),
        object: Type.Literal('dispute'),
        amount: Amount,
        currency: Currency,
        reason: Type.String({ minLength: 1, maxLength: 100 }),
        status: Type.String({ minLength: 1, maxLength: 100 }),
        charge: optional(Reference),
        payment_intent: optional(Reference),
        balance_transactions: optional(Type.Array(Type.Object({ fee: Type.Integer() }), { maxItems: 100 })),
      }),
    }),
  }),
);
type DisputeObject = Static<typeof dispute.schema>['data']['object'];

const KINDS = {
  'charge.dispute.created': 'dispute_opened',
  'charge.dispute.updated': 'dispute_updated',
  'charge.dispute.funds_withdrawn': 'dispute_updated',
  'charge.dispute.funds_reinstated': 'dispute_updated',
  'charge.dispute.closed': 'dispute_closed',
} as const;

/**
 * A new dispute is money at risk with this provider, so it is told, low and without a node: it is the customer's
 * and their bank's doing, and no route around Stripe would have spared it.
 */
export const stripeDispute = handlerOf({
  name: 'stripe.dispute',
  serviceName: 'stripe',
  types: Object.keys(KINDS),
  payload: dispute,
  meaningOf: ({ data: { object } }, { type }) => {
    const kind = KINDS[type as keyof typeof KINDS];
    const fields = fieldsOf(object);
    return {
      meaning: { kind, fields },
      signal:
        kind === 'dispute_opened'
          ? {
              errorType: 'payment_disputed',
              serviceName: 'stripe',
              operation: 'payment_processing',
              severity: 'low',
              errorMessage: `A payment was disputed: ${fields.reason}`,
              ...usdAtRisk(fields.amountMinor, fields.currency),
            }
          : null,
    };
  },
});

function fieldsOf(object: DisputeObject): Dispute {
  const transactions = object.balance_transactions ?? [];
  return {
    disputeId: object.id,
    chargeId: idOf(object.charge),
    paymentId: idOf(object.payment_intent),
    amountMinor: object.amount,
    currency: object.currency,
    reason: object.reason,
    status: object.status,
    feeMinor: transactions.length === 0 ? null : transactions.reduce((sum, { fee }) => sum + fee, 0),
  };
}
