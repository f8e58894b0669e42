import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SERVICE_NAMES, serviceConfig } from '@signalbox/contracts';
import { defaultCatalog } from './default-catalog.js';
import { validateService } from './validate-service.js';

/** service, node, provider, region, role, weight %, success %, latency ms, $ per request */
const NODES = [
  'stripe | stripe_primary_us_east | Stripe Primary (US East) | us-east-1 | primary | 70 | 99.8 | 150 | 0.029',
  'stripe | stripe_secondary_us_west | Stripe Secondary (US West) | us-west-2 | secondary | 30 | 99.5 | 180 | 0.032',
  'stripe | stripe_premium_emergency | Stripe Premium Emergency | us-east-1 | emergency | 0 | 99.9 | 120 | 0.15',
  'samsara | samsara_primary | Samsara Primary | us-central-1 | primary | 80 | 99.2 | 200 | 0.05',
  'samsara | samsara_backup | Samsara Backup | us-west-2 | secondary | 20 | 98.8 | 250 | 0.055',
  'maps | maps_mapbox | Mapbox | global | primary | 60 | 99.5 | 120 | 0.005',
  'maps | maps_google | Google Maps | global | secondary | 30 | 99.7 | 110 | 0.008',
  'maps | maps_here | HERE Maps | global | tertiary | 10 | 98.8 | 160 | 0.006',
  'twilio | twilio_us1 | Twilio US1 | us-east-1 | primary | 80 | 99.4 | 220 | 0.0079',
  'twilio | twilio_ie1 | Twilio IE1 | eu-west-1 | secondary | 20 | 99.2 | 290 | 0.0083',
  'sendgrid | sendgrid_global | SendGrid Global | us-east-1 | primary | 85 | 99.6 | 180 | 0.001',
  'sendgrid | sendgrid_eu | SendGrid EU | eu-west-1 | secondary | 15 | 99.5 | 240 | 0.0011',
  'airtable | airtable_primary | Airtable | us-east-1 | primary | 100 | 99.3 | 300 | 0.0005',
];

/** service, strategy, failover error ratio, retry backoff ms, success floor */
const ROUTING = [
  'stripe | HEALTH_BASED | 0.05 | 1000 | 0.99',
  'samsara | HYBRID_OPTIMIZATION | 0.03 | 2000 | 0.98',
  'maps | COST_OPTIMIZED | 0.05 | 1000 | 0.99',
  'twilio | WEIGHTED_ROUND_ROBIN | 0.05 | 1000 | 0.98',
  'sendgrid | LEAST_RESPONSE_TIME | 0.05 | 1000 | 0.98',
  'airtable | HEALTH_BASED | 0.1 | 2000 | null',
];

describe('the default catalog', () => {
  it('has the 13 nodes with their published figures', () => {
    const rows = defaultCatalog.flatMap(({ serviceName, nodes }) =>
      nodes.map((node) =>
        [
          serviceName,
          node.nodeId,
          node.providerName,
          node.region,
          node.role,
          node.weightPercent,
          node.priorSuccessPercent,
          node.priorLatencyMs,
          node.costPerRequestUsd,
        ].join(' | '),
      ),
    );
    assert.deepEqual(rows, NODES);
  });

  it('routes each service by its published policy', () => {
    const rows = defaultCatalog.map((service) =>
      [
        service.serviceName,
        service.strategy,
        service.thresholds.failoverErrorRatio,
        service.thresholds.retryBackoffMs,
        service.successFloor ?? 'null',
      ].join(' | '),
    );
    assert.deepEqual(rows, ROUTING);
  });

  it('covers every service, and is what the contract and the validation accept', () => {
    assert.deepEqual(
      defaultCatalog.map((service) => service.serviceName),
      [...SERVICE_NAMES],
    );
    for (const service of defaultCatalog) {
      assert.deepEqual(serviceConfig.errors(service), []);
      validateService(service, defaultCatalog);
    }
  });

  it('probes no paid API by itself', () => {
    const nodes = defaultCatalog.flatMap((service) => service.nodes);
    assert.ok(nodes.every((node) => node.healthCheck === undefined && node.baseUrl.startsWith('https://')));
  });
});
