import type { AuditRecorded, ErrorReported, OutcomeReported } from '@signalbox/contracts';
import { MessageBus, type MessageBusOptions } from './message-bus.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A bus for specs that says nothing. */
export function aBus(url: string, options: Partial<MessageBusOptions> = {}): MessageBus {
  return MessageBus.connect({ url, name: 'spec', logger: silent, ...options });
}

const occurredAt = '2026-01-15T12:00:00.000Z';

export function anOutcomeReported(eventId: string): OutcomeReported {
  return {
    eventId,
    occurredAt,
    serviceName: 'stripe',
    coordinationId: 'enhanced_coordination_1768478400_a1b2c3d4',
    nodeId: 'node_a',
    outcome: 'success',
    latencyMs: 100,
  };
}

export function anErrorReported(eventId: string): ErrorReported {
  return {
    eventId,
    occurredAt,
    errorType: 'PROVIDER_FAILURE',
    serviceName: 'stripe',
    severity: 'high',
    errorMessage: 'the provider answers 500',
  };
}

export function anAuditLine(eventId: string): AuditRecorded {
  return {
    eventId,
    occurredAt,
    actor: 'spec',
    role: 'admin',
    action: 'catalog.changed',
    object: 'service:stripe',
    before: null,
    after: {},
    correlationId: 'spec',
  };
}
