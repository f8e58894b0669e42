import type { ServiceName } from '@signalbox/contracts';
import { WEBHOOK_HANDLERS, type Interpretation, type RetryPolicy, RETRY_POLICY } from '@signalbox/webhooks';

/** A stored event, as a handler sees it. */
export interface HandledEvent {
  readonly webhookEventId: string;
  readonly serviceName: ServiceName;
  readonly type: string;
  readonly payload: unknown;
}

/**
 * What is done with events of a service and type. What it throws is tried again; a SignalboxError of status 503 (what
 * it needs is away) is no fault of the event and costs it no attempt. It may be called again for an event that it has
 * handled, when its process died before that was written down: its effect is what it returns, and whatever else it
 * does it does by the event's id.
 */
export interface EventHandler {
  /** Names its circuit, its attempts and its metrics. */
  readonly name: string;
  readonly serviceName: ServiceName;
  handles(type: string): boolean;
  handle(event: HandledEvent): Interpretation | Promise<Interpretation>;
}

export interface Processing {
  readonly handlers: readonly EventHandler[];
  readonly retryPolicy: RetryPolicy;
}

export const PROCESSING = Symbol('webhook processing');

/** What the product itself needs to know: pure, so only the writing of it can fail. */
export const shippedProcessing: Processing = {
  handlers: WEBHOOK_HANDLERS.map((handler) => ({
    name: handler.name,
    serviceName: handler.serviceName,
    handles: (type) => handler.handles(type),
    handle: (event) => handler.interpret(event),
  })),
  retryPolicy: RETRY_POLICY,
};
