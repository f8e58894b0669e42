import { Inject, Injectable } from '@nestjs/common';
import { SignalboxError, type FieldError } from '@signalbox/contracts';
import { CLOCK, RNG } from '@signalbox/hosting';
import type { ClaimedEvent } from '@signalbox/persistence';
import type { Clock, Rng } from '@signalbox/statistics';
import {
  HANDLER_CIRCUIT_POLICY,
  HandlerCircuit,
  retryDelayMs,
  type AttemptTicket,
  type Interpretation,
} from '@signalbox/webhooks';
import { PROCESSING, type EventHandler, type Processing } from './event-handler.js';

/** What became of one attempt; `released`: nothing was attempted. */
export interface Attempt {
  outcome: 'processed' | 'ignored' | 'dead' | 'retrying' | 'released';
  handler: string | null;
  dueAtMs: number | null;
  reason: string | null;
  startedAtMs: number;
  durationMs: number;
  interpreted: Extract<Interpretation, { kind: 'interpreted' }> | null;
}

/** A handler that takes longer has failed: the claim must not run out under it. */
const HANDLER_TIMEOUT_MS = 5_000;
/** Before an event whose handler needs something that is away is looked at again. */
const AWAY_MS = 3_000;
const MAX_REASON_CHARS = 500;

/** Makes one attempt at an event, behind the circuit of its handler. Never rejects. */
@Injectable()
export class AttemptEvent {
  private readonly circuits = new Map<EventHandler, HandlerCircuit>();

  constructor(
    @Inject(PROCESSING) private readonly processing: Processing,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RNG) private readonly rng: Rng,
  ) {
    for (const handler of processing.handlers) {
      this.circuits.set(handler, new HandlerCircuit(HANDLER_CIRCUIT_POLICY, rng));
    }
  }

  /** Of each handler, on this replica. */
  circuitStates(): { handler: EventHandler; state: HandlerCircuit['state'] }[] {
    return [...this.circuits].map(([handler, { state }]) => ({ handler, state }));
  }

  async execute(event: ClaimedEvent): Promise<Attempt> {
    const startedAtMs = this.clock.nowMs();
    const startedMs = performance.now();
    const ended = (given: Partial<Attempt> & Pick<Attempt, 'outcome'>): Attempt => ({
      handler: null,
      dueAtMs: null,
      reason: null,
      interpreted: null,
      startedAtMs,
      durationMs: performance.now() - startedMs,
      ...given,
    });
    const { serviceName, type } = event;
    const handler = this.processing.handlers.find(
      (each) => each.serviceName === serviceName && each.handles(type),
    );
    if (handler === undefined) return ended({ outcome: 'ignored' });
    const admission = this.circuits.get(handler)?.admit(startedAtMs);
    if (admission?.kind === 'refused') {
      return ended({ outcome: 'released', dueAtMs: admission.retryAtMs });
    }
    const ticket = admission?.ticket;
    try {
      const interpretation = await inTime(
        handler.handle({
          webhookEventId: event.eventId,
          serviceName,
          type,
          payload: JSON.parse(event.payload) as unknown,
        }),
      );
      return ended({ handler: handler.name, ...this.concluded(interpretation, ticket) });
    } catch (error) {
      ticket?.failed(this.clock.nowMs());
      return ended({ handler: handler.name, ...this.failed(event, error) });
    }
  }

  private concluded(
    interpretation: Interpretation,
    ticket: AttemptTicket | undefined,
  ): Partial<Attempt> & Pick<Attempt, 'outcome'> {
    const nowMs = this.clock.nowMs();
    if (interpretation.kind === 'invalid') {
      ticket?.dropped(nowMs);
      return { outcome: 'dead', reason: reasonOf(interpretation.fields) };
    }
    ticket?.succeeded(nowMs);
    return interpretation.kind === 'ignored'
      ? { outcome: 'ignored' }
      : { outcome: 'processed', interpreted: interpretation };
  }

  private failed(event: ClaimedEvent, error: unknown): Partial<Attempt> & Pick<Attempt, 'outcome'> {
    const nowMs = this.clock.nowMs();
    if (error instanceof SignalboxError && error.status === 503) {
      return { outcome: 'released', dueAtMs: nowMs + AWAY_MS * (0.5 + 0.5 * this.rng()) };
    }
    const message = error instanceof Error ? error.message : String(error);
    const reason = (message || 'failed without a reason').slice(0, MAX_REASON_CHARS);
    const delayMs = retryDelayMs(event.attempts + 1, this.processing.retryPolicy, this.rng);
    return delayMs === null
      ? { outcome: 'dead', reason }
      : { outcome: 'retrying', reason, dueAtMs: nowMs + delayMs };
  }
}

/** No retry mends a payload that is not what the provider documents: the fields are what somebody must look at. */
function reasonOf(fields: readonly FieldError[]): string {
  const named = fields.map(({ path, message }) => `${path || 'payload'}: ${message}`).join('; ');
  return `the payload is not valid: ${named}`.slice(0, MAX_REASON_CHARS);
}

/** What is there at once pays for no timer. */
async function inTime<T>(work: T | Promise<T>): Promise<T> {
  if (!(work instanceof Promise)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the handler took longer than ${HANDLER_TIMEOUT_MS} ms`)),
      HANDLER_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
