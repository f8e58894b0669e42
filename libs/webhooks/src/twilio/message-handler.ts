import Type, { type Static } from 'typebox';
import { contract, type ErrorEvent, type Severity } from '@signalbox/contracts';
import { handlerOf } from '../meaning/handler.js';
import type { Fault, MessageUndeliverable } from '../meaning/meaning.js';
import { UNDELIVERABLE } from './message-status.js';

const Sid = Type.String({ minLength: 1, maxLength: 64 });
const Code = Type.Optional(
  Type.Union([Type.String({ maxLength: 16 }), Type.Integer({ minimum: 0 }), Type.Null()]),
);

/** A status callback's form, or the event of a stream. */
const message = contract(
  Type.Union([
    Type.Object({ MessageSid: Sid, ErrorCode: Code }),
    Type.Object({ SmsSid: Sid, ErrorCode: Code }),
    Type.Object({ data: Type.Object({ messageSid: Sid, errorCode: Code }) }),
  ]),
);

/**
 * Codes that tell of Twilio, its carriers or our standing with it; all others (unreachable or unknown numbers,
 * landlines, filtered content, missing registrations) are the recipient's or the caller's.
 * https://www.twilio.com/docs/api/errors
 */
const PROVIDER_CODES: ReadonlyMap<number, { errorType: string; severity: Severity; what: string }> = new Map([
  [30001, { errorType: 'rate_limit', severity: 'low', what: 'its queue overflowed' }],
  // Every message fails until it is settled: no other event of ours is so sure.
  [30002, { errorType: 'account_suspended', severity: 'high', what: 'the account is suspended' }],
  [30008, { errorType: 'message_failed', severity: 'low', what: 'unknown error' }],
  [30017, { errorType: 'carrier_congestion', severity: 'low', what: 'carrier congestion' }],
  [30022, { errorType: 'rate_limit', severity: 'low', what: 'the carrier’s rate limit was exceeded' }],
  [30410, { errorType: 'carrier_timeout', severity: 'low', what: 'the carrier timed out' }],
]);

/** Content, prices, senders and registrations: what we sent, or were not allowed to. */
const CALLER_CODES: ReadonlySet<number> = new Set([30007, 30010, 30011, 30018, 30024, 30034, 30036]);

export const twilioUndeliverable = handlerOf({
  name: 'twilio.message_undeliverable',
  serviceName: 'twilio',
  types: [...UNDELIVERABLE],
  payload: message,
  meaningOf: (payload, { type }) => {
    const { messageId, errorCode } = failureOf(payload);
    const fields: MessageUndeliverable = {
      messageId,
      status: type.endsWith('failed') ? 'failed' : 'undelivered',
      errorCode,
      fault: faultOf(errorCode),
    };
    return { meaning: { kind: 'message_undeliverable', fields }, signal: signalOf(errorCode) };
  },
});

function failureOf(payload: Static<typeof message.schema>): { messageId: string; errorCode: number | null } {
  if ('data' in payload) {
    return { messageId: payload.data.messageSid, errorCode: codeOf(payload.data.errorCode) };
  }
  const messageId = 'MessageSid' in payload ? payload.MessageSid : payload.SmsSid;
  return { messageId, errorCode: codeOf(payload.ErrorCode) };
}

function codeOf(code: string | number | null | undefined): number | null {
  const number = typeof code === 'string' && /^\d{1,6}$/.test(code) ? Number(code) : code;
  return typeof number === 'number' && number > 0 ? number : null;
}

function faultOf(code: number | null): Fault {
  if (code === null) return 'recipient';
  if (PROVIDER_CODES.has(code)) return 'provider';
  return CALLER_CODES.has(code) ? 'caller' : 'recipient';
}

function signalOf(code: number | null): ErrorEvent | null {
  const known = code === null ? undefined : PROVIDER_CODES.get(code);
  if (known === undefined) return null;
  const { errorType, severity, what } = known;
  return {
    errorType,
    serviceName: 'twilio',
    operation: 'send_sms',
    severity,
    errorMessage: `Twilio could not deliver a message: ${what} (${code})`,
  };
}
