export {
  FIRST_CURSOR,
  PAYLOADS_PER_CALL,
  readPayloadPage,
  type PayloadCursor,
  type PayloadPage,
} from './airtable/payloads.js';
export { WEBHOOK_LIFETIME_MS, renewalDueAtMs } from './airtable/renewal.js';
export { NODE_ID_FIELD } from './meaning/attribution.js';
export type { WebhookHandler } from './meaning/handler.js';
export * from './meaning/meaning.js';
export * from './processing/handler-circuit.js';
export * from './processing/retry.js';
export * from './reading/received-event.js';
export * from './services.js';
export { AllowList, checkCidr } from './source/allow-list.js';
export type { Delivery, DeliveryHeaders, Secret } from './verification/delivery.js';
export type { Verifier } from './verification/scheme.js';
export { TOLERANCE_SECONDS } from './verification/signing-time.js';
export { REFUSAL_REASONS, type RefusalReason, type Verdict } from './verification/verdict.js';
