import type { ServiceName } from '@signalbox/contracts';
import { airtableChanges, airtableFeedFailed } from './airtable/changes-handler.js';
import { readAirtable } from './airtable/read.js';
import { airtableScheme } from './airtable/signature.js';
import { readMaps } from './maps/read.js';
import { mapsScheme } from './maps/signature.js';
import type { WebhookHandler } from './meaning/handler.js';
import type { HandledEvent, Interpretation } from './meaning/meaning.js';
import type { Reading } from './reading/received-event.js';
import { samsaraEmergency } from './samsara/emergency-handler.js';
import { readSamsara } from './samsara/read.js';
import { samsaraScheme } from './samsara/signature.js';
import { sendgridBounce, sendgridDrop } from './sendgrid/email-handlers.js';
import { readSendgrid } from './sendgrid/read.js';
import { sendgridScheme } from './sendgrid/signature.js';
import { stripeDispute } from './stripe/dispute-handler.js';
import { stripePaymentFailed } from './stripe/payment-handler.js';
import { readStripe } from './stripe/read.js';
import { stripeScheme } from './stripe/signature.js';
import { twilioUndeliverable } from './twilio/message-handler.js';
import { readTwilio } from './twilio/read.js';
import { twilioScheme } from './twilio/signature.js';
import type { Delivery, Secret } from './verification/delivery.js';
import { verifierFor, type Scheme, type Verifier } from './verification/scheme.js';

interface WebhookService {
  readonly verifier: (secrets: readonly Secret[]) => Verifier;
  readonly checkSecret: (value: string) => string | null;
  readonly read: (delivery: Delivery) => Reading;
  readonly handlers: readonly WebhookHandler[];
}

const SERVICES = {
  stripe: service(stripeScheme, readStripe, [stripePaymentFailed, stripeDispute]),
  twilio: service(twilioScheme, readTwilio, [twilioUndeliverable]),
  sendgrid: service(sendgridScheme, readSendgrid, [sendgridBounce, sendgridDrop]),
  samsara: service(samsaraScheme, readSamsara, [samsaraEmergency]),
  airtable: service(airtableScheme, readAirtable, [airtableChanges, airtableFeedFailed]),
  maps: service(mapsScheme, readMaps, []),
} satisfies Record<ServiceName, WebhookService>;

function service<Key>(
  scheme: Scheme<Key>,
  read: (delivery: Delivery) => Reading,
  handlers: readonly WebhookHandler[],
): WebhookService {
  return {
    verifier: (secrets) => verifierFor(scheme, secrets),
    checkSecret(value) {
      const secret = scheme.readSecret(value);
      return 'problem' in secret ? secret.problem : null;
    },
    read,
    handlers,
  };
}

/**
 * Judges deliveries of one source by its active secrets. Make it once and keep it until they change: it holds
 * the keys ready.
 */
export function verifierOf(serviceName: ServiceName, secrets: readonly Secret[]): Verifier {
  return SERVICES[serviceName].verifier(secrets);
}

/** What is wrong with a secret, without showing any of it (`must be base64`); null when it can be used. */
export function checkSecret(serviceName: ServiceName, value: string): string | null {
  return SERVICES[serviceName].checkSecret(value);
}

/** The events of a delivery. Only ever after it was verified. Never throws. */
export function readDelivery(serviceName: ServiceName, delivery: Delivery): Reading {
  return SERVICES[serviceName].read(delivery);
}

/** Every handler there is, for circuits and metrics. */
export const WEBHOOK_HANDLERS: readonly WebhookHandler[] = Object.values(SERVICES).flatMap(
  ({ handlers }) => handlers,
);

/** The one that knows the type; null when none does. */
export function handlerFor(serviceName: ServiceName, type: string): WebhookHandler | null {
  return SERVICES[serviceName].handlers.find((handler) => handler.handles(type)) ?? null;
}

/** What an event means; `ignored` where no handler knows its type. Never throws. */
export function interpret(event: HandledEvent): Interpretation {
  return handlerFor(event.serviceName, event.type)?.interpret(event) ?? { kind: 'ignored' };
}
