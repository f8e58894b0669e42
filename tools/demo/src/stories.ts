import type { ServiceName } from '@signalbox/contracts';
import type { Cue } from '@signalbox/provider-simulator';
import type { Operator } from './operator.js';
import type { Span } from './traffic.js';

/** What goes wrong, when, and what people do about it. Both lanes of the demo live through the same script. */
export interface Story {
  title: string;
  fromMs: number;
  toMs: number;
  cues: Cue[];
  /** The nodes whose traffic should move, for the time from first failure to re-route. */
  watched: { service: ServiceName; nodeId: string }[];
  /** What the operator does in Signalbox, each with a line that says what came of it. */
  acts?: { atMs: number; act: (operator: Operator) => Promise<string> }[];
}

/** Traffic comes up as in a morning: connections are made and code gets warm before the first story. */
export const demoSpan: Span = { forMs: 60_000, rampMs: 6_000 };

/** A fault on one node for the time of a story. */
function during(
  fromMs: number,
  toMs: number,
  nodeId: string,
  fault: Extract<Cue, { apply: unknown }>['apply'],
): Cue[] {
  return [
    { atMs: fromMs, apply: fault, nodeId },
    { atMs: toMs, clear: fault.kind, nodeId },
  ];
}

export const stories: readonly Story[] = [
  {
    title: 'The primary Stripe node fails 15 % of its calls',
    fromMs: 8_000,
    toMs: 20_000,
    cues: during(8_000, 20_000, 'stripe_primary_us_east', { kind: 'errors', ratio: 0.15 }),
    watched: [{ service: 'stripe', nodeId: 'stripe_primary_us_east' }],
  },
  {
    title: "Samsara's latency climbs past 2 s",
    fromMs: 17_000,
    toMs: 29_000,
    cues: during(17_000, 29_000, 'samsara_primary', { kind: 'latency_ramp', addMs: 3_000, overMs: 4_000 }),
    watched: [{ service: 'samsara', nodeId: 'samsara_primary' }],
  },
  {
    title: 'Mapbox takes 3 requests a second and answers 429 to the rest',
    fromMs: 26_000,
    toMs: 36_000,
    cues: during(26_000, 36_000, 'maps_mapbox', {
      kind: 'rate_limit',
      requestsPerSecond: 3,
      retryAfterSeconds: 3,
    }),
    watched: [{ service: 'maps', nodeId: 'maps_mapbox' }],
  },
  {
    title: 'The region us-east-1 is lost',
    fromMs: 36_000,
    toMs: 45_000,
    cues: [
      { atMs: 36_000, regionDown: 'us-east-1' },
      { atMs: 45_000, regionUp: 'us-east-1' },
    ],
    watched: [
      { service: 'stripe', nodeId: 'stripe_primary_us_east' },
      { service: 'twilio', nodeId: 'twilio_us1' },
      { service: 'sendgrid', nodeId: 'sendgrid_global' },
    ],
  },
  {
    title: 'Both ordinary Stripe nodes fail half of their payments; an operator orders an emergency override',
    fromMs: 47_000,
    toMs: 58_000,
    cues: ['stripe_primary_us_east', 'stripe_secondary_us_west'].flatMap((nodeId) =>
      during(47_000, 58_000, nodeId, { kind: 'brown_out', slowRatio: 0.3, slowMs: 800, errorRatio: 0.5 }),
    ),
    watched: [],
    acts: [
      { atMs: 50_000, act: (operator) => operator.startOverride() },
      { atMs: 57_500, act: (operator) => operator.endOverride() },
    ],
  },
];
