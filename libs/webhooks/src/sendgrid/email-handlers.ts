import Type, { type Static } from 'typebox';
import { contract, type ErrorEvent } from '@signalbox/contracts';
import { blamedNodes } from '../meaning/attribution.js';
import { handlerOf } from '../meaning/handler.js';
import type { EmailNotDelivered, Fault } from '../meaning/meaning.js';

const ShortText = Type.Optional(Type.String({ maxLength: 4_096 }));

const email = contract(
  Type.Object({
    email: Type.String({ maxLength: 512 }),
    sg_message_id: ShortText,
    /** `bounce` or `blocked`. */
    type: ShortText,
    status: ShortText,
    reason: ShortText,
    bounce_classification: ShortText,
  }),
);
type Email = Static<typeof email.schema>;

/**
 * A bounce is an address that does not take mail: the recipient's. A block is the receiving side turning the
 * sender away; what SendGrid answers for in it is the reputation and the machinery of its own addresses.
 * https://www.twilio.com/docs/sendgrid/ui/analytics-and-reporting/bounce-and-block-classifications
 */
export const sendgridBounce = handlerOf({
  name: 'sendgrid.bounce',
  serviceName: 'sendgrid',
  types: ['bounce'],
  payload: email,
  meaningOf: (bounce) => {
    const isBlock = bounce.type === 'blocked';
    const fields = fieldsOf(bounce, isBlock ? faultOfBlock(bounce) : 'recipient');
    return {
      meaning: { kind: isBlock ? 'email_blocked' : 'email_bounced', fields },
      signal: fields.fault === 'provider' ? signalOf(bounce, fields) : null,
    };
  },
});

/** SendGrid drops what it was told not to send: suppressed addresses, spam, bad requests. It did what it should. */
export const sendgridDrop = handlerOf({
  name: 'sendgrid.drop',
  serviceName: 'sendgrid',
  types: ['dropped'],
  payload: email,
  meaningOf: (drop) => {
    const isSuppressed = /bounced|unsubscribed|spam reporting|invalid$/i.test(drop.reason ?? '');
    return {
      meaning: { kind: 'email_dropped', fields: fieldsOf(drop, isSuppressed ? 'recipient' : 'caller') },
      signal: null,
    };
  },
});

function faultOfBlock({ bounce_classification: classification = '' }: Email): Fault {
  if (/^(technical|reputation|frequency)/i.test(classification)) return 'provider';
  return /^content/i.test(classification) ? 'caller' : 'recipient';
}

function fieldsOf(event: Email, fault: Fault): EmailNotDelivered {
  const at = event.email.lastIndexOf('@');
  return {
    messageId: event.sg_message_id?.split('.', 1)[0] ?? null,
    recipientDomain: at < 0 ? null : event.email.slice(at + 1).toLowerCase(),
    smtpStatus: event.status || null,
    classification: event.bounce_classification ?? null,
    // Receiving servers write the address into their reasons.
    reason:
      event.reason
        ?.replaceAll(event.email, '…')
        .replaceAll(/\S+@\S+/g, '…')
        .slice(0, 500) ?? null,
    fault,
  };
}

function signalOf(bounce: Email, { classification, recipientDomain }: EmailNotDelivered): ErrorEvent {
  return {
    errorType: /^frequency/i.test(classification ?? '') ? 'rate_limit' : 'email_blocked',
    serviceName: 'sendgrid',
    operation: 'send_email',
    // One receiver's word: many of them make a case, which the coordinator weighs.
    severity: 'low',
    errorMessage: `${recipientDomain ?? 'A receiver'} blocked mail: ${classification ?? ''}`.slice(0, 500),
    ...blamedNodes(bounce),
  };
}
