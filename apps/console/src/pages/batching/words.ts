import type { BatchReason, CallPriority } from '@signalbox/contracts';

export const PRIORITIES: Record<CallPriority, { title: string; color: string }> = {
  CRITICAL: { title: 'Critical', color: 'var(--mantine-color-red-filled)' },
  HIGH: { title: 'High', color: 'var(--mantine-color-orange-filled)' },
  MEDIUM: { title: 'Medium', color: 'var(--mantine-color-blue-filled)' },
  LOW: { title: 'Low', color: 'var(--mantine-color-gray-5)' },
};
export const PRIORITY_NAMES = Object.keys(PRIORITIES) as CallPriority[];

/** Why a request has no result, as people say it. */
export const REASONS: Record<BatchReason, { title: string; says: string }> = {
  refused: {
    title: 'Refused',
    says: 'The provider will not take it: sent again as it is, it will be refused again',
  },
  outcome_unknown: {
    title: 'Outcome unknown',
    says: 'It was sent, and nobody knows whether it was carried out: sending it again might do it twice',
  },
  attempts_exhausted: { title: 'Attempts exhausted', says: 'It failed as often as the policy allows' },
  not_admitted: { title: 'Not admitted', says: 'There was no budget or no rate for it before it gave up' },
  gave_up: { title: 'Gave up', says: 'It waited for a day' },
  unsendable: { title: 'Unsendable', says: 'It cannot be put on the wire of any node' },
  node_failed: { title: 'Node failed', says: 'It waits for another attempt' },
  rate_limited: { title: 'Rate limited', says: 'It waits for another attempt' },
  no_node: { title: 'No node', says: 'No node may take it now; it waits for another attempt' },
  retry_budget: {
    title: 'Retry budget',
    says: 'Too much is tried again already; it waits for another attempt',
  },
};
