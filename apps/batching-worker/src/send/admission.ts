import { Injectable, Logger } from '@nestjs/common';
import {
  ADMISSIONS_RELEASE,
  ADMISSIONS_REQUEST,
  toUsd,
  type AdmissionAnswer,
  type AdmissionRequest,
  type CallPriority,
  type Envelope,
  type MicroUsd,
  type ServiceName,
} from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';

/**
 * An admission is two round trips on the ledger's side. One whose answer is late has reserved all the same, and asking
 * again under the same id brings that answer; after the second time nobody is there to admit.
 */
const ADMIT_WITHIN_MS = [1_500, 3_000] as const;
/** Nobody waits for it. */
const RELEASE_WITHIN_MS = 5_000;
/** Where a refusal does not say when to come back. */
const ASK_AGAIN_MS = 5_000;

export interface AdmissionOrder {
  serviceName: ServiceName;
  operation: string;
  priority: CallPriority;
  /** One id is one reservation, however often it is asked for. */
  requestId: string;
  estimateMicroUsd: MicroUsd;
}

/** `reservationId` null: nobody answered, and the decision draws on the budget itself. */
export type Admitted =
  | { admitted: true; reservationId: string | null }
  | { admitted: false; refusedBy: string[]; retryAfterMs: number };

/**
 * May a call go now? Asked of the ledger over NATS. While nobody answers, calls go without a reservation: the
 * coordinator's own budget gate stands, and every cost is settled by its outcome once the ledger is back. What a late
 * answer had reserved then runs out by itself: money is held back for a while, never spent twice.
 */
@Injectable()
export class Admission {
  private readonly logger = new Logger(Admission.name);

  constructor(private readonly bus: MessageBus) {}

  async ask(order: AdmissionOrder): Promise<Admitted> {
    const { estimateMicroUsd, ...request } = order;
    const asked = { ...request, estimatedCost: toUsd(estimateMicroUsd) };
    const [firstMs, secondMs] = ADMIT_WITHIN_MS;
    const answer = await this.request(asked, firstMs)
      .catch(() => this.request(asked, secondMs))
      .catch(() => null);
    if (answer?.success !== true) return { admitted: true, reservationId: null };
    const { allowed, refusedBy, retryAfterSeconds, reservationId } = answer.data;
    if (allowed) return { admitted: true, reservationId };
    const retryAfterMs = Math.ceil((retryAfterSeconds ?? ASK_AGAIN_MS / 1_000) * 1_000);
    return { admitted: false, refusedBy, retryAfterMs: Math.max(100, retryAfterMs) };
  }

  /** The call is not made now: its money and tokens are for others. In the background; else they come back by expiry. */
  giveBack(serviceName: ServiceName, reservationId: string): void {
    const release = { serviceName, reservationId };
    this.bus
      .request(ADMISSIONS_RELEASE, release, { timeoutMs: RELEASE_WITHIN_MS })
      .catch((error: unknown) =>
        this.logger.debug(
          `Reservation ${reservationId} of ${serviceName} is left to expire: ${String(error)}`,
        ),
      );
  }

  private request(request: AdmissionRequest, timeoutMs: number): Promise<Envelope<AdmissionAnswer>> {
    return this.bus.request(ADMISSIONS_REQUEST, request, { timeoutMs });
  }
}
