import type { ErrorEvent, FieldError } from '@signalbox/contracts';
import type { ReceivedEvent } from '../reading/received-event.js';

/**
 * What an event means in our words; travels in `webhooks.processed`. No names, addresses or numbers of people:
 * those stay in the stored payload. Amounts are in the currency's minor unit (cents), as providers count.
 */
export type Meaning =
  | { kind: 'payment_failed'; fields: PaymentFailed }
  | { kind: 'dispute_opened' | 'dispute_updated' | 'dispute_closed'; fields: Dispute }
  | { kind: 'email_bounced' | 'email_blocked' | 'email_dropped'; fields: EmailNotDelivered }
  | { kind: 'message_undeliverable'; fields: MessageUndeliverable }
  | { kind: 'vehicle_emergency' | 'vehicle_emergency_resolved'; fields: VehicleEmergency }
  | { kind: 'records_changed'; fields: RecordsChanged }
  | { kind: 'change_feed_failed'; fields: { baseTransactionNumber: number; code: string } };
export type MeaningKind = Meaning['kind'];

/** Who a failure is put down to. Only `provider` says anything about the provider's health. */
export type Fault = 'provider' | 'recipient' | 'caller';

export type PaymentFailed = {
  paymentId: string;
  customerId: string | null;
  amountMinor: number;
  currency: string;
  code: string | null;
  declineCode: string | null;
  fault: Fault;
};

export type Dispute = {
  disputeId: string;
  chargeId: string | null;
  paymentId: string | null;
  amountMinor: number;
  currency: string;
  reason: string;
  status: string;
  /** What the provider charges for it; null until it has. */
  feeMinor: number | null;
};

export type EmailNotDelivered = {
  messageId: string | null;
  /** Behind the @; null when the address is no address. */
  recipientDomain: string | null;
  /** SMTP's (`5.1.1`); null where none was given. */
  smtpStatus: string | null;
  classification: string | null;
  reason: string | null;
  fault: Fault;
};

export type MessageUndeliverable = {
  messageId: string;
  status: 'undelivered' | 'failed';
  /** Twilio's; null where none was given. */
  errorCode: number | null;
  fault: Fault;
};

export type VehicleEmergency = {
  vehicleId: string | null;
  emergency: 'panic_button' | 'crash' | 'emergency';
  happenedAt: string | null;
};

export type RecordsChanged = {
  baseTransactionNumber: number;
  tables: {
    tableId: string;
    recordsCreated: number;
    recordsChanged: number;
    recordsDestroyed: number;
  }[];
};

/** What a handler made of an event. */
export interface Interpreted {
  readonly kind: 'interpreted';
  readonly meaning: Meaning;
  /** What the event tells about the provider itself: the body of `errors.reported`, without its id and time. */
  readonly signal: ErrorEvent | null;
}

/** The payload is not what the handler knows: no retry will mend it. */
export interface InvalidPayload {
  readonly kind: 'invalid';
  readonly fields: FieldError[];
}

/** Nothing that the product acts on. */
export interface Ignored {
  readonly kind: 'ignored';
}

export type Interpretation = Interpreted | Ignored | InvalidPayload;

/** The part of an event that gives it its meaning: what is kept of it is enough to replay it. */
export type HandledEvent = Pick<ReceivedEvent, 'serviceName' | 'type' | 'payload'>;
