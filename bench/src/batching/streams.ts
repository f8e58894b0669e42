import type { BatchOperation, CallPriority, ServiceName } from '@signalbox/contracts';
import type { Rng } from '@signalbox/statistics';
import { integerBelow, zipfBelow } from './chance.js';

/** What one kind of caller sends. Rates are the stated ones of docs/reference/batching.md. */
export interface Stream {
  readonly name: string;
  readonly service: ServiceName;
  readonly operation: BatchOperation;
  /** Requests a second outside bursts, a Poisson process; 0: bursts only. */
  readonly perSecond: number;
  /** Bursts: a Poisson process of their own, each a run of requests at a rate. */
  readonly bursts?: {
    readonly everySeconds: number;
    readonly requests: number;
    readonly perSecond: number;
  };
  readonly priorities: Readonly<Record<CallPriority, number>>;
  /** Share of requests that a caller's own retry repeats within 2 s, under the same idempotency key. */
  readonly repeated?: number;
  /** A payload; `serial` counts the stream's requests. */
  payload(rng: Rng, serial: number): Record<string, unknown>;
}

const INTERACTIVE = { CRITICAL: 10, HIGH: 40, MEDIUM: 40, LOW: 10 };
const ORDINARY = { CRITICAL: 4, HIGH: 16, MEDIUM: 50, LOW: 30 };
const BACKGROUND = { CRITICAL: 0, HIGH: 5, MEDIUM: 25, LOW: 70 };

export const STREAMS: readonly Stream[] = [
  {
    name: 'payments',
    service: 'stripe',
    operation: 'request',
    perSecond: 1,
    priorities: { CRITICAL: 60, HIGH: 40, MEDIUM: 0, LOW: 0 },
    repeated: 0.03,
    payload: (_, serial) => ({
      method: 'POST',
      path: '/v1/payment_intents',
      body: { amount: 1_000 + serial, currency: 'usd', confirm: true, payment_method: 'pm_card_visa' },
    }),
  },
  {
    name: 'payment lookups',
    service: 'stripe',
    operation: 'request',
    perSecond: 1.5,
    priorities: INTERACTIVE,
    payload: (rng) => ({ method: 'GET', path: `/v1/customers/cus_${zipfBelow(300, rng)}` }),
  },
  {
    name: 'metered usage',
    service: 'stripe',
    operation: 'meter_event',
    perSecond: 2.5,
    priorities: BACKGROUND,
    repeated: 0.01,
    payload: (rng, serial) => ({
      event_name: 'api_calls',
      identifier: `usage-${serial}`,
      payload: {
        stripe_customer_id: `cus_${integerBelow(300, rng)}`,
        value: String(1 + integerBelow(9, rng)),
      },
    }),
  },
  {
    name: 'driver alerts',
    service: 'twilio',
    operation: 'send_message',
    perSecond: 1.5,
    bursts: { everySeconds: 60, requests: 25, perSecond: 25 },
    priorities: ORDINARY,
    repeated: 0.03,
    payload: (rng, serial) => ({
      To: `+1415555${String(integerBelow(10_000, rng)).padStart(4, '0')}`,
      From: '+14155550000',
      Body: `Load ${serial} is ready for you at dock ${integerBelow(40, rng)}.`,
    }),
  },
  {
    name: 'transactional mail',
    service: 'sendgrid',
    operation: 'mail_send',
    perSecond: 2,
    priorities: ORDINARY,
    repeated: 0.02,
    payload: (rng, serial) => mail(`template-${zipfBelow(6, rng)}`, `reader${serial}@example.com`),
  },
  {
    name: 'invoices',
    service: 'sendgrid',
    operation: 'mail_send',
    perSecond: 0,
    bursts: { everySeconds: 120, requests: 150, perSecond: 100 },
    priorities: BACKGROUND,
    payload: (rng, serial) => mail('invoice', `account${serial}@example.org`),
  },
  {
    name: 'fleet map',
    service: 'samsara',
    operation: 'vehicle_stats',
    perSecond: 2,
    priorities: INTERACTIVE,
    payload: (rng) => vehicles(['gps'], 1 + integerBelow(3, rng), rng),
  },
  {
    name: 'route planner',
    service: 'samsara',
    operation: 'vehicle_stats',
    perSecond: 0,
    bursts: { everySeconds: 30, requests: 20, perSecond: 40 },
    priorities: ORDINARY,
    payload: (rng) => vehicles(['engineStates', 'fuelPercents'], 1, rng),
  },
  {
    name: 'address search',
    service: 'maps',
    operation: 'geocode',
    perSecond: 2,
    priorities: INTERACTIVE,
    payload: (rng) => ({ query: address(zipfBelow(2_000, rng)) }),
  },
  {
    name: 'address import',
    service: 'maps',
    operation: 'geocode',
    perSecond: 0,
    bursts: { everySeconds: 60, requests: 40, perSecond: 20 },
    priorities: BACKGROUND,
    payload: (rng) => ({ query: address(integerBelow(20_000, rng)) }),
  },
  {
    name: 'dispatch matrices',
    service: 'maps',
    operation: 'matrix',
    perSecond: 0,
    bursts: { everySeconds: 20, requests: 8, perSecond: 10 },
    priorities: ORDINARY,
    // A dispatcher asks from one depot to the stops of a route, a few at a time.
    payload: (rng) => ({
      origins: [point(zipfBelow(4, rng))],
      destinations: Array.from({ length: 2 + integerBelow(3, rng) }, () =>
        point(100 + integerBelow(500, rng)),
      ),
      profile: 'driving',
    }),
  },
  {
    name: 'form entries',
    service: 'airtable',
    operation: 'create_records',
    perSecond: 1.5,
    priorities: ORDINARY,
    repeated: 0.02,
    payload: (rng, serial) => ({
      baseId: 'appOperations',
      table: ['Inspections', 'Deliveries'][integerBelow(2, rng)],
      records: [{ fields: { Serial: serial } }],
    }),
  },
  {
    name: 'status sync',
    service: 'airtable',
    operation: 'update_records',
    perSecond: 0,
    bursts: { everySeconds: 30, requests: 30, perSecond: 30 },
    priorities: BACKGROUND,
    payload: (rng, serial) => ({
      baseId: 'appFleet',
      table: 'Vehicles',
      records: [
        { id: `rec${String(integerBelow(400, rng)).padStart(14, '0')}`, fields: { Revision: serial } },
      ],
    }),
  },
];

function mail(template: string, email: string): Record<string, unknown> {
  return {
    personalizations: [{ to: [{ email }] }],
    from: { email: 'hello@example.com' },
    template_id: template,
  };
}

function vehicles(types: string[], count: number, rng: Rng): Record<string, unknown> {
  const vehicleIds = Array.from({ length: count }, () => String(281_474_977_000_000 + zipfBelow(120, rng)));
  return { vehicleIds: [...new Set(vehicleIds)].sort(), types };
}

function address(number: number): string {
  return `${1 + (number % 900)} ${['Main', 'Oak', 'Mill', 'Lake', 'Hill'][number % 5]} Street, Springfield ${number % 97}`;
}

function point(number: number): [number, number] {
  return [-122 + (number % 1_000) / 1_000, 37 + ((number * 7) % 1_000) / 1_000];
}
