import { contract } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';
import { byteLength, encodePairs, FORM_TYPE } from '../../wire/http.js';
import { refuse, type Operation } from '../../wire/operation.js';
import { lone } from '../lone.js';
import { smsSegments } from './segments.js';

/** Stands in the path until the credential, which is `AccountSid:AuthToken`, fills it in. */
export const ACCOUNT_SID = '{AccountSid}';

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Url = Type.String({ maxLength: 2_048, pattern: '^https?://[^\\s]+$' });

/** Parameters of `POST …/Messages.json` (Twilio API reference, Message resource), by their own names. */
const SendMessageSchema = Type.Object(
  {
    To: Text(320),
    From: Type.Optional(Text(320)),
    MessagingServiceSid: Type.Optional(Type.String({ pattern: '^MG[0-9a-fA-F]{32}$' })),
    /** Twilio's limit, in characters. */
    Body: Type.Optional(Text(1_600)),
    MediaUrl: Type.Optional(Type.Array(Url, { minItems: 1, maxItems: 10 })),
    ContentSid: Type.Optional(Type.String({ pattern: '^HX[0-9a-fA-F]{32}$' })),
    ContentVariables: Type.Optional(Text(8_192)),
    StatusCallback: Type.Optional(Url),
    ApplicationSid: Type.Optional(Type.String({ pattern: '^AP[0-9a-fA-F]{32}$' })),
    MaxPrice: Type.Optional(Type.Number({ minimum: 0, maximum: 1_000 })),
    ProvideFeedback: Type.Optional(Type.Boolean()),
    Attempt: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    ValidityPeriod: Type.Optional(Type.Integer({ minimum: 1, maximum: 36_000 })),
    SmartEncoded: Type.Optional(Type.Boolean()),
    ShortenUrls: Type.Optional(Type.Boolean()),
    ScheduleType: Type.Optional(Type.Enum(['fixed'])),
    SendAt: Type.Optional(Text(40)),
    SendAsMms: Type.Optional(Type.Boolean()),
    RiskCheck: Type.Optional(Type.Enum(['enable', 'disable'])),
  },
  { additionalProperties: false },
);
export type SendMessage = Static<typeof SendMessageSchema>;

/**
 * One POST per message: Twilio has no request for several. It documents no idempotency key for it either
 * (`I-Twilio-Idempotency-Token` is on the webhooks that Twilio sends), so a message that may have gone out is not
 * sent again.
 */
export const sendMessage: Operation<SendMessage> = {
  service: 'twilio',
  name: 'send_message',
  payload: contract(SendMessageSchema),
  ...lone,
  check({ From, MessagingServiceSid, Body, MediaUrl, ContentSid }) {
    if (From === undefined && MessagingServiceSid === undefined) {
      refuse('payload.From', 'or MessagingServiceSid is required');
    }
    if (Body === undefined && MediaUrl === undefined && ContentSid === undefined) {
      refuse('payload.Body', 'or MediaUrl or ContentSid is required');
    }
  },
  effect: () => 'write',
  repeatable: () => false,
  measure: (payload) => ({
    units: 1,
    mostUnits: Infinity,
    bytes: byteLength(JSON.stringify(payload)),
    sharedBytes: 0,
    addedBillableUnits: smsSegments(payload.Body ?? ''),
    conflicts: [],
  }),
  lane: () => 'twilio',
  encode: (items) =>
    items.map(({ id, payload }) => ({
      request: {
        method: 'POST',
        path: `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json`,
        query: [],
        headers: { 'content-type': FORM_TYPE, accept: 'application/json' },
        body: encodePairs(messagePairs(payload)),
      },
      itemIds: [id],
      billableUnits: smsSegments(payload.Body ?? ''),
    })),
};

/** A parameter with several values is repeated. */
function messagePairs(payload: SendMessage): [string, string][] {
  return Object.entries(payload).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, String(one)]),
  );
}
