import type { CircuitStateName, WebhookAttempt, WebhookState } from '@signalbox/contracts';

export const STATES: Record<WebhookState, { title: string; color: string; says: string }> = {
  received: { title: 'Received', color: 'blue', says: 'Verified and durable; it waits for its turn' },
  processing: { title: 'Processing', color: 'blue', says: 'Its handler is at it' },
  retrying: { title: 'Retrying', color: 'yellow', says: 'An attempt failed; it waits for the next one' },
  processed: { title: 'Processed', color: 'green', says: 'Its handler is done' },
  ignored: {
    title: 'Ignored',
    color: 'gray',
    says: 'It means nothing here: no handler, or none of its business',
  },
  dead: { title: 'Dead', color: 'red', says: 'Every attempt failed; it waits for a replay' },
};

export const OUTCOMES: Record<WebhookAttempt['outcome'], string> = {
  processed: 'green',
  ignored: 'gray',
  retrying: 'yellow',
  dead: 'red',
};

export const CIRCUITS: Record<CircuitStateName, { title: string; color: string }> = {
  closed: { title: 'closed', color: 'green' },
  half_open: { title: 'probing', color: 'yellow' },
  open: { title: 'open', color: 'red' },
};
