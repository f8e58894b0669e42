import type { BatchOperation, CallPriority, ServiceName } from '@signalbox/contracts';
import { seededRandom, type Rng } from '@signalbox/statistics';
import { zipfBelow } from '../batching/chance.js';

/** One caller's requests: the services, rates and priorities of the demo, with payloads that say what is asked. */
interface Caller {
  readonly service: ServiceName;
  readonly operation: BatchOperation;
  readonly priority: CallPriority;
  readonly perSecond: number;
  /** The caller's patience for one attempt, ms. */
  readonly patienceMs: number;
  readonly keyOf: ((serial: number) => string) | null;
  payload(serial: number, rng: Rng): Record<string, unknown>;
}

export interface Asked {
  readonly id: string;
  readonly caller: Caller;
  readonly atMs: number;
  readonly payload: Record<string, unknown>;
  readonly idempotencyKey: string | null;
}

/**
 * A fleet of 960 vehicles, each looked at every other minute; addresses by Zipf's law out of 2,000; every payment, text
 * and mail unlike any other. Half of Airtable's calls read the list of orders, half add one.
 */
const CALLERS: readonly Caller[] = [
  {
    service: 'stripe',
    operation: 'request',
    priority: 'CRITICAL',
    perSecond: 16,
    patienceMs: 5_000,
    keyOf: (serial) => `order-${serial}`,
    payload: (serial) => ({
      method: 'POST',
      path: '/v1/payment_intents',
      body: { amount: 1_000 + serial, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' },
    }),
  },
  {
    service: 'samsara',
    operation: 'vehicle_stats',
    priority: 'HIGH',
    perSecond: 8,
    patienceMs: 2_000,
    keyOf: null,
    payload: (serial) => ({ vehicleIds: [String(281_474_977_000_000 + (serial % 960))], types: ['gps'] }),
  },
  {
    service: 'maps',
    operation: 'geocode',
    priority: 'MEDIUM',
    perSecond: 12,
    patienceMs: 5_000,
    keyOf: null,
    payload: (_, rng) => ({ query: `${1 + zipfBelow(2_000, rng)} Main Street, Springfield` }),
  },
  {
    service: 'twilio',
    operation: 'send_message',
    priority: 'HIGH',
    perSecond: 8,
    patienceMs: 5_000,
    keyOf: null,
    payload: (serial) => ({ To: '+15005550006', From: '+15005550001', Body: `Stop ${serial} is next` }),
  },
  {
    service: 'sendgrid',
    operation: 'mail_send',
    priority: 'MEDIUM',
    perSecond: 8,
    patienceMs: 5_000,
    keyOf: null,
    payload: (serial) => ({
      from: { email: 'billing@example.com' },
      personalizations: [{ to: [{ email: `customer-${serial}@example.com` }] }],
      template_id: 'invoice',
    }),
  },
  {
    service: 'airtable',
    operation: 'request',
    priority: 'LOW',
    perSecond: 2,
    patienceMs: 5_000,
    keyOf: null,
    payload: () => ({ method: 'GET', path: '/v0/appDemo/Orders' }),
  },
  {
    service: 'airtable',
    operation: 'create_records',
    priority: 'LOW',
    perSecond: 2,
    patienceMs: 5_000,
    keyOf: null,
    payload: (serial) => ({ baseId: 'appDemo', table: 'Orders', records: [{ fields: { Order: serial } }] }),
  },
];

/** Poisson arrivals of every caller for so long, in order. A seed is a trace. */
export function traffic(seed: number, forMs: number): Asked[] {
  const asked = CALLERS.flatMap((caller, index) => {
    const rng = seededRandom(seed + index);
    const own: Asked[] = [];
    for (let atMs = 0, serial = 0; ; serial++) {
      atMs -= (Math.log(1 - rng()) * 1_000) / caller.perSecond;
      if (atMs >= forMs) return own;
      const id = `${caller.service}.${caller.operation}.${serial}`;
      const idempotencyKey = caller.keyOf?.(serial) ?? null;
      own.push({ id, caller, atMs, payload: caller.payload(serial, rng), idempotencyKey });
    }
  });
  return asked.sort((a, b) => a.atMs - b.atMs);
}
