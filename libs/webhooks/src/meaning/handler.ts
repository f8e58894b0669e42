import type { Contract, ServiceName } from '@signalbox/contracts';
import type { HandledEvent, Interpretation, Interpreted } from './meaning.js';

/** Knows what some of a service's events mean. Pure: a replay means the same. */
export interface WebhookHandler {
  /** Names its circuit, its metrics and its attempts: `stripe.payment_failed`. */
  readonly name: string;
  readonly serviceName: ServiceName;
  handles(type: string): boolean;
  /** Never throws. */
  interpret(event: HandledEvent): Interpretation;
}

interface HandlerParts<Payload> {
  readonly name: string;
  readonly serviceName: ServiceName;
  readonly types: readonly string[];
  readonly payload: Contract<Payload>;
  /** Null for an event that means nothing to the product. */
  readonly meaningOf: (payload: Payload, event: HandledEvent) => Omit<Interpreted, 'kind'> | null;
}

/** A handler that sees only payloads its contract admits. */
export function handlerOf<Payload>(parts: HandlerParts<Payload>): WebhookHandler {
  const { name, serviceName, payload, meaningOf } = parts;
  const types = new Set(parts.types);
  return {
    name,
    serviceName,
    handles: (type) => types.has(type),
    interpret(event) {
      if (!payload.check(event.payload)) return { kind: 'invalid', fields: payload.errors(event.payload) };
      const interpreted = meaningOf(event.payload, event);
      return interpreted === null ? { kind: 'ignored' } : { kind: 'interpreted', ...interpreted };
    },
  };
}
