import type { NodeConfig, ServiceConfig, Thresholds } from '@signalbox/contracts';

/**
 * The catalog that ships: loaded into the database on first start, and from then on the database's copy is
 * the one that counts. No node has a health check, since probing a paid API is the operator's choice.
 */
export const defaultCatalog: readonly ServiceConfig[] = [
  {
    serviceName: 'stripe',
    strategy: 'HEALTH_BASED',
    intent: 'revenue protection: success first, cost last',
    successFloor: 0.99,
    thresholds: thresholds({ failoverErrorRatio: 0.05, retryBackoffMs: 1_000, targetLatencyMs: 400 }),
    nodes: [
      node({
        nodeId: 'stripe_primary_us_east',
        providerName: 'Stripe Primary (US East)',
        region: 'us-east-1',
        role: 'primary',
        weightPercent: 70,
        priorSuccessPercent: 99.8,
        priorLatencyMs: 150,
        costPerRequestUsd: 0.029,
        baseUrl: 'https://api.stripe.com',
      }),
      node({
        nodeId: 'stripe_secondary_us_west',
        providerName: 'Stripe Secondary (US West)',
        region: 'us-west-2',
        role: 'secondary',
        weightPercent: 30,
        priorSuccessPercent: 99.5,
        priorLatencyMs: 180,
        costPerRequestUsd: 0.032,
        baseUrl: 'https://api.stripe.com',
      }),
      node({
        nodeId: 'stripe_premium_emergency',
        providerName: 'Stripe Premium Emergency',
        region: 'us-east-1',
        role: 'emergency',
        weightPercent: 0,
        priorSuccessPercent: 99.9,
        priorLatencyMs: 120,
        costPerRequestUsd: 0.15,
        baseUrl: 'https://api.stripe.com',
      }),
    ],
    dependents: ['invoicing'],
  },
  {
    serviceName: 'samsara',
    strategy: 'HYBRID_OPTIMIZATION',
    intent: 'availability, with predictive weighting',
    successFloor: 0.98,
    thresholds: thresholds({ failoverErrorRatio: 0.03, retryBackoffMs: 2_000, targetLatencyMs: 2_000 }),
    nodes: [
      node({
        nodeId: 'samsara_primary',
        providerName: 'Samsara Primary',
        region: 'us-central-1',
        role: 'primary',
        weightPercent: 80,
        priorSuccessPercent: 99.2,
        priorLatencyMs: 200,
        costPerRequestUsd: 0.05,
        baseUrl: 'https://api.samsara.com',
      }),
      node({
        nodeId: 'samsara_backup',
        providerName: 'Samsara Backup',
        region: 'us-west-2',
        role: 'secondary',
        weightPercent: 20,
        priorSuccessPercent: 98.8,
        priorLatencyMs: 250,
        costPerRequestUsd: 0.055,
        baseUrl: 'https://api.samsara.com',
      }),
    ],
    dependents: ['route_optimization', 'driver_notifications'],
  },
  {
    serviceName: 'maps',
    strategy: 'COST_OPTIMIZED',
    intent: 'cheapest that is good enough; a rate-limited node counts as unavailable',
    successFloor: 0.99,
    thresholds: thresholds({ failoverErrorRatio: 0.05, retryBackoffMs: 1_000, targetLatencyMs: 400 }),
    nodes: [
      node({
        nodeId: 'maps_mapbox',
        providerName: 'Mapbox',
        region: 'global',
        role: 'primary',
        weightPercent: 60,
        priorSuccessPercent: 99.5,
        priorLatencyMs: 120,
        costPerRequestUsd: 0.005,
        baseUrl: 'https://api.mapbox.com',
      }),
      node({
        nodeId: 'maps_google',
        providerName: 'Google Maps',
        region: 'global',
        role: 'secondary',
        weightPercent: 30,
        priorSuccessPercent: 99.7,
        priorLatencyMs: 110,
        costPerRequestUsd: 0.008,
        baseUrl: 'https://maps.googleapis.com',
      }),
      node({
        nodeId: 'maps_here',
        providerName: 'HERE Maps',
        region: 'global',
        role: 'tertiary',
        weightPercent: 10,
        priorSuccessPercent: 98.8,
        priorLatencyMs: 160,
        costPerRequestUsd: 0.006,
        baseUrl: 'https://router.hereapi.com',
      }),
    ],
    dependents: ['route_optimization'],
  },
  {
    serviceName: 'twilio',
    strategy: 'WEIGHTED_ROUND_ROBIN',
    intent: 'spread, fail over on errors',
    successFloor: 0.98,
    thresholds: thresholds({ failoverErrorRatio: 0.05, retryBackoffMs: 1_000, targetLatencyMs: 600 }),
    nodes: [
      node({
        nodeId: 'twilio_us1',
        providerName: 'Twilio US1',
        region: 'us-east-1',
        role: 'primary',
        weightPercent: 80,
        priorSuccessPercent: 99.4,
        priorLatencyMs: 220,
        costPerRequestUsd: 0.0079,
        baseUrl: 'https://api.ashburn.us1.twilio.com',
      }),
      node({
        nodeId: 'twilio_ie1',
        providerName: 'Twilio IE1',
        region: 'eu-west-1',
        role: 'secondary',
        weightPercent: 20,
        priorSuccessPercent: 99.2,
        priorLatencyMs: 290,
        costPerRequestUsd: 0.0083,
        baseUrl: 'https://api.dublin.ie1.twilio.com',
      }),
    ],
    dependents: ['driver_notifications'],
  },
  {
    serviceName: 'sendgrid',
    strategy: 'LEAST_RESPONSE_TIME',
    intent: 'fastest',
    successFloor: 0.98,
    thresholds: thresholds({ failoverErrorRatio: 0.05, retryBackoffMs: 1_000, targetLatencyMs: 500 }),
    nodes: [
      node({
        nodeId: 'sendgrid_global',
        providerName: 'SendGrid Global',
        region: 'us-east-1',
        role: 'primary',
        weightPercent: 85,
        priorSuccessPercent: 99.6,
        priorLatencyMs: 180,
        costPerRequestUsd: 0.001,
        baseUrl: 'https://api.sendgrid.com',
      }),
      node({
        nodeId: 'sendgrid_eu',
        providerName: 'SendGrid EU',
        region: 'eu-west-1',
        role: 'secondary',
        weightPercent: 15,
        priorSuccessPercent: 99.5,
        priorLatencyMs: 240,
        costPerRequestUsd: 0.0011,
        baseUrl: 'https://api.eu.sendgrid.com',
      }),
    ],
    dependents: ['invoicing'],
  },
  {
    serviceName: 'airtable',
    strategy: 'HEALTH_BASED',
    intent: 'one node; shed and queue when it is sick',
    successFloor: null,
    thresholds: thresholds({ failoverErrorRatio: 0.1, retryBackoffMs: 2_000, targetLatencyMs: 600 }),
    nodes: [
      node({
        nodeId: 'airtable_primary',
        providerName: 'Airtable',
        region: 'us-east-1',
        role: 'primary',
        weightPercent: 100,
        priorSuccessPercent: 99.3,
        priorLatencyMs: 300,
        costPerRequestUsd: 0.0005,
        baseUrl: 'https://api.airtable.com',
      }),
    ],
    dependents: ['data_sync'],
  },
];

/**
 * `targetLatencyMs` is about twice the slowest ordinary node's prior (a node at twice its usual latency is
 * worth leaving), rounded up to 100 ms; Samsara's is the threshold its own callers report against.
 */
function thresholds(
  own: Pick<Thresholds, 'failoverErrorRatio' | 'retryBackoffMs' | 'targetLatencyMs'>,
): Thresholds {
  return {
    minimumOutcomes: 10,
    consecutiveFailures: 5,
    windowMs: 30_000,
    maxBackoffMs: 300_000,
    probeSuccesses: 3,
    inFlightLeaseMs: 60_000,
    ...own,
  };
}

/** Each node has credentials of its own, kept under its name. */
function node(config: Omit<NodeConfig, 'credentialRef'>): NodeConfig {
  return { ...config, credentialRef: config.nodeId };
}
