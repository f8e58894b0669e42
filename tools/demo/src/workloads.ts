import type { CallPriority, ServiceName } from '@signalbox/contracts';
import Stripe from 'stripe';
import { request, type Dispatcher } from 'undici';

/** Where and how one attempt of a call is made. Rejects when the provider does not do what was asked. */
interface Target {
  nodeId: string;
  baseUrl: string;
  signal: AbortSignal;
}

/** One service's share of the traffic. */
export interface Workload {
  service: ServiceName;
  operation: string;
  priority: CallPriority;
  callsPerSecond: number;
  /** How its clients reach Signalbox. */
  transport: 'http' | 'nats';
  /** The caller's patience for one attempt. */
  attemptTimeoutMs: number;
  /** Whether the n-th call may be repeated, and under which key. */
  repeatable: (n: number) => { idempotent?: true; idempotencyKey?: string };
  send: (n: number, target: Target) => Promise<unknown>;
}

/** Long beside any healthy answer, so that a busy machine does not pass for a sick provider. */
const PATIENCE_MS = 5_000;

export const workloads: readonly Workload[] = [
  {
    service: 'stripe',
    operation: 'payment_processing',
    priority: 'CRITICAL',
    callsPerSecond: 16,
    transport: 'http',
    attemptTimeoutMs: PATIENCE_MS,
    repeatable: (n) => ({ idempotencyKey: orderKey(n) }),
    send: pay,
  },
  {
    service: 'samsara',
    operation: 'gps_tracking',
    priority: 'HIGH',
    callsPerSecond: 8,
    transport: 'nats',
    // A position that is two seconds old is of no use to a dispatcher.
    attemptTimeoutMs: 2_000,
    repeatable: () => ({ idempotent: true }),
    send: (_, { baseUrl, signal }) => exchange(`${baseUrl}/fleet/vehicles/stats?types=gps`, { signal }),
  },
  {
    service: 'maps',
    operation: 'geocode',
    priority: 'MEDIUM',
    callsPerSecond: 12,
    transport: 'nats',
    attemptTimeoutMs: PATIENCE_MS,
    repeatable: () => ({ idempotent: true }),
    send: geocode,
  },
  {
    service: 'twilio',
    operation: 'driver_notification',
    priority: 'HIGH',
    callsPerSecond: 8,
    transport: 'nats',
    attemptTimeoutMs: PATIENCE_MS,
    // A text sent twice annoys: never repeated.
    repeatable: () => ({}),
    send: (n, { baseUrl, signal }) =>
      exchange(`${baseUrl}/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: String(
          new URLSearchParams({ To: '+15005550006', From: '+15005550001', Body: `Stop ${n} is next` }),
        ),
        signal,
      }),
  },
  {
    service: 'sendgrid',
    operation: 'invoice_mail',
    priority: 'MEDIUM',
    callsPerSecond: 8,
    transport: 'http',
    attemptTimeoutMs: PATIENCE_MS,
    repeatable: () => ({}),
    send: (n, { baseUrl, signal }) =>
      exchange(`${baseUrl}/v3/mail/send`, {
        ...json({
          from: { email: 'billing@example.com' },
          personalizations: [{ to: [{ email: `customer-${n}@example.com` }] }],
          subject: `Invoice ${n}`,
          content: [{ type: 'text/plain', value: 'Thank you.' }],
        }),
        signal,
      }),
  },
  {
    service: 'airtable',
    operation: 'data_sync',
    priority: 'LOW',
    callsPerSecond: 4,
    transport: 'http',
    attemptTimeoutMs: PATIENCE_MS,
    // Every other call is a read.
    repeatable: (n) => (n % 2 === 0 ? { idempotent: true } : {}),
    send: (n, { baseUrl, signal }) =>
      exchange(`${baseUrl}/v0/appDemo/Orders`, {
        ...(n % 2 === 0 ? {} : json({ records: [{ fields: { Order: n } }] })),
        signal,
      }),
  },
];

function orderKey(n: number): string {
  return `order-${n}`;
}

/** Payments go through the official SDK, one object a node so that its connections are reused. */
const sdks = new Map<string, Stripe>();

function sdkAt(baseUrl: string): Stripe {
  const known = sdks.get(baseUrl);
  if (known !== undefined) return known;
  const { hostname, port } = new URL(baseUrl);
  const options = { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false } as const;
  const sdk = new Stripe('sk_test_demo', options);
  sdks.set(baseUrl, sdk);
  return sdk;
}

function pay(n: number, { baseUrl }: Target): Promise<unknown> {
  return sdkAt(baseUrl).paymentIntents.create(
    { amount: 1_000 + n, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' },
    { idempotencyKey: orderKey(n), timeout: PATIENCE_MS },
  );
}

const CITIES = ['Berlin', 'Lagos', 'Lima', 'Osaka', 'Oslo', 'Pune', 'Quito', 'Turin'];

/** The three map providers have an API each: the node says which. */
function geocode(n: number, { nodeId, baseUrl, signal }: Target): Promise<unknown> {
  const city = CITIES[n % CITIES.length]!;
  if (nodeId === 'maps_google')
    return exchange(`${baseUrl}/maps/api/geocode/json?address=${city}`, { signal });
  if (nodeId === 'maps_here') return exchange(`${baseUrl}/v1/geocode?q=${city}`, { signal });
  return exchange(`${baseUrl}/geocoding/v5/mapbox.places/${city}.json`, { signal });
}

type Init = Pick<Dispatcher.RequestOptions, 'body' | 'headers'> & {
  method?: Dispatcher.HttpMethod;
  signal: AbortSignal;
};

function json(body: unknown): Pick<Init, 'method' | 'body' | 'headers'> {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

/** Reads the answer to its end; rejects with status and headers when it is not a success. */
async function exchange(url: string, init: Init): Promise<void> {
  const { statusCode, headers, body } = await request(url, init);
  await body.dump();
  if (statusCode >= 400) throw Object.assign(new Error(`HTTP ${statusCode}`), { statusCode, headers });
}
