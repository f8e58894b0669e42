import type { ErrorEvent } from '@signalbox/contracts';

/**
 * What a service may put on its call (Stripe metadata, SendGrid custom args) so that what comes of it later is
 * put down to the node that carried it.
 */
export const NODE_ID_FIELD = 'signalbox_node_id';

const NODE_ID = /^[a-z0-9][a-z0-9_]{0,63}$/;

/**
 * The nodes that an event blames. Without the service's word none: a webhook is a provider's, not a node's, and
 * accusing the wrong node is worse than accusing none. Such a signal is history and may begin a recovery, but
 * weighs on no node.
 */
export function blamedNodes(annotations: unknown): Pick<ErrorEvent, 'errorDetails'> {
  if (typeof annotations !== 'object' || annotations === null) return {};
  const nodeId = (annotations as Record<string, unknown>)[NODE_ID_FIELD];
  if (typeof nodeId !== 'string' || !NODE_ID.test(nodeId)) return {};
  return { errorDetails: { failedProviders: [nodeId] } };
}
