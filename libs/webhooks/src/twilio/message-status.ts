/** The way of a message, in the order in which a callback can tell of it. Ends share a step: only one of them comes. */
const STEPS: readonly (readonly string[])[] = [
  ['accepted'],
  ['scheduled'],
  ['queued'],
  ['sending'],
  ['sent'],
  ['delivered', 'undelivered', 'failed', 'canceled'],
  ['read'],
];

/** How far along its way a message is: callbacks carry no time, and overtake each other. Null for other states. */
export function progressOf(status: string): number | null {
  const step = STEPS.findIndex((statuses) => statuses.includes(status));
  return step < 0 ? null : step;
}

/** Types that say that a message will not arrive. */
export const UNDELIVERABLE: ReadonlySet<string> = new Set([
  'message.undelivered',
  'message.failed',
  'com.twilio.messaging.message.undelivered',
  'com.twilio.messaging.message.failed',
]);
