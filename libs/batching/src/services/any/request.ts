import { contract, type ServiceName } from '@signalbox/contracts';
import Type, { type Static } from 'typebox';
import { canonicalJson } from '../../wire/canonical-json.js';
import {
  byteLength,
  encodePairs,
  FORM_TYPE,
  formPairs,
  JSON_TYPE,
  type HttpMethod,
  type HttpRequest,
} from '../../wire/http.js';
import { refuse, type Operation, type WireItem } from '../../wire/operation.js';
import { lone } from '../lone.js';

const Primitive = Type.Union([Type.String({ maxLength: 4_096 }), Type.Number(), Type.Boolean()]);

/** Any call to the service, sent as it is. An object is written as the form or the JSON that its type says. */
const RequestPayloadSchema = Type.Object(
  {
    method: Type.Enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
    /** From the node's base URL, without a query. */
    path: Type.String({ minLength: 1, maxLength: 2_048, pattern: '^/(?!/)[^\\s?#\\\\]*$' }),
    query: Type.Optional(
      Type.Record(Type.String({ maxLength: 128 }), Type.Union([Primitive, Type.Array(Primitive)])),
    ),
    headers: Type.Optional(
      Type.Record(
        Type.String({ maxLength: 64, pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$" }),
        Type.String({ maxLength: 4_096, pattern: '^[^\\r\\n\\0]*$' }),
      ),
    ),
    body: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);
export type RequestPayload = Static<typeof RequestPayloadSchema>;
const payload = contract(RequestPayloadSchema);

/** What the worker decides itself: whose credential, how the connection is kept, how long the body is. */
const OURS = new Set([
  'authorization',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-goog-api-key',
]);

/** RFC 9110 §9.2.2: made twice, they leave the world as once. */
const IDEMPOTENT: ReadonlySet<HttpMethod> = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

export function requestOperation(service: ServiceName): Operation<RequestPayload> {
  return {
    service,
    name: 'request',
    payload,
    ...lone,
    check({ method, path, headers = {}, body }) {
      if (path.split('/').some((segment) => /^(\.|%2e){1,2}$/i.test(segment))) {
        refuse('payload.path', 'must not have . or .. segments');
      }
      for (const name of Object.keys(headers)) {
        if (OURS.has(name.toLowerCase())) refuse(`payload.headers.${name}`, 'is set by Signalbox');
      }
      if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
        refuse('payload.body', `is not for ${method}`);
      }
    },
    effect: ({ method }) => (method === 'GET' || method === 'HEAD' ? 'read' : 'write'),
    repeatable: ({ payload: { method, path, headers }, idempotencyKey }) =>
      IDEMPOTENT.has(method) || (takesKey(service, path) && keyOf(headers, idempotencyKey) !== undefined),
    measure: ({ path, body }) => ({
      units: 1,
      mostUnits: Infinity,
      bytes: byteLength(path) + (body === undefined ? 0 : byteLength(canonicalJson(body))),
      sharedBytes: 0,
      addedBillableUnits: 1,
      conflicts: [],
    }),
    lane: ({ path }) => (service === 'airtable' ? airtableLane(path) : service),
    encode: (items) =>
      items.map((item) => ({ request: httpRequest(service, item), itemIds: [item.id], billableUnits: 1 })),
  };
}

function httpRequest(
  service: ServiceName,
  { payload, idempotencyKey }: WireItem<RequestPayload>,
): HttpRequest {
  const { method, path, query = {}, body } = payload;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(payload.headers ?? {})) headers[name.toLowerCase()] = value;
  const key = keyOf(headers, idempotencyKey);
  if (key !== undefined && method !== 'GET' && method !== 'HEAD' && takesKey(service, path)) {
    headers['idempotency-key'] = key;
  }
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)] as const),
  );
  return { method, path, query: pairs, headers, body: bodyText(service, path, headers, body) };
}

/** Completes the content type where the caller left it open. */
function bodyText(
  service: ServiceName,
  path: string,
  headers: Record<string, string>,
  body: unknown,
): string | null {
  if (body === undefined) return null;
  const type = (headers['content-type'] ??= speaksForms(service, path) ? FORM_TYPE : JSON_TYPE);
  if (typeof body === 'string') return body;
  if (type.startsWith(FORM_TYPE) && typeof body === 'object' && body !== null) {
    return encodePairs(formPairs(body as Record<string, unknown>));
  }
  return JSON.stringify(body);
}

/** Twilio, and Stripe's v1, take forms; everything else speaks JSON. */
function speaksForms(service: ServiceName, path: string): boolean {
  return service === 'twilio' || (service === 'stripe' && path.startsWith('/v1/'));
}

/** Of the six services, only Stripe documents an idempotency key for its calls. */
function takesKey(service: ServiceName, path: string): boolean {
  return service === 'stripe' && /^\/v[12]\//.test(path);
}

function keyOf(
  headers: Readonly<Record<string, string>> | undefined,
  ours: string | undefined,
): string | undefined {
  const own = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'idempotency-key');
  return own?.[1] ?? ours;
}

/** `/v0/{baseId}/{table}`: Airtable's limit is by base. */
function airtableLane(path: string): string {
  return `airtable:${path.split('/')[2] ?? ''}`;
}
