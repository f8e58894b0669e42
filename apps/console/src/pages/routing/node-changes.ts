import type { NodeRouting, ServiceRouting } from '@signalbox/contracts';
import { serviceTitle } from '../../parts/services';
import { percent } from '../../parts/figures';

export type NodeChange = 'drain' | 'undrain' | 'force_open' | 'reset';

interface ChangeWords {
  /** In the menu and on the button that does it. */
  name: string;
  /** While the button waits for the answer to "really?". */
  question: (node: NodeRouting) => string;
  /** What will happen, before it does. */
  says: (service: ServiceRouting, node: NodeRouting) => string[];
  done: (node: NodeRouting) => string;
  danger: boolean;
}

export const CHANGE_WORDS: Record<NodeChange, ChangeWords> = {
  drain: {
    name: 'Drain the node',
    question: ({ providerName }) => `Drain ${providerName}?`,
    says: (service, node) => [
      'No new call goes to it; calls in flight finish. It stays drained until somebody ends that.',
      consequence(service, node),
      'The configuration of the service gets a new version, which can be rolled back.',
    ],
    done: ({ providerName }) => `${providerName} is drained`,
    danger: true,
  },
  undrain: {
    name: 'End the drain',
    question: ({ providerName }) => `Let ${providerName} take calls again?`,
    says: () => [
      'It comes back gradually, and takes the traffic that the strategy gives it.',
      'The configuration of the service gets a new version, which can be rolled back.',
    ],
    done: ({ providerName }) => `${providerName} takes calls again`,
    danger: false,
  },
  force_open: {
    name: 'Open the circuit',
    question: ({ providerName }) => `Open the circuit of ${providerName}?`,
    says: (service, node) => [
      'No call goes to it, on every replica at once, until somebody resets the circuit: it does not probe by itself.',
      consequence(service, node),
    ],
    done: ({ providerName }) => `The circuit of ${providerName} is open`,
    danger: true,
  },
  reset: {
    name: 'Reset the circuit',
    question: ({ providerName }) => `Reset the circuit of ${providerName}?`,
    says: () => [
      'It closes, forgets what opened it, and the node comes back gradually. If it still fails, the circuit opens again.',
    ],
    done: ({ providerName }) => `The circuit of ${providerName} is closed`,
    danger: false,
  },
};

/** What can be done to a node as it is. */
export function changesFor({ drained, circuit, circuitOpenUntil }: NodeRouting): NodeChange[] {
  const byHand = circuit === 'open' && circuitOpenUntil === null;
  return [
    drained ? 'undrain' : 'drain',
    ...(byHand ? [] : (['force_open'] as const)),
    ...(circuit === 'closed' ? [] : (['reset'] as const)),
  ];
}

function consequence({ serviceName, nodes }: ServiceRouting, { nodeId, trafficShare }: NodeRouting): string {
  const others = nodes.filter((node) => node.nodeId !== nodeId && takesCalls(node));
  const title = serviceTitle(serviceName);
  if (others.length === 0) {
    return `No other node of ${title} takes ordinary calls now: they go to the least bad one, or fail.`;
  }
  const share =
    trafficShare === null || trafficShare === 0 ? '' : `, ${percent(trafficShare)} of the traffic now,`;
  return `What it carries${share} goes to ${others.map(({ providerName }) => providerName).join(', ')}.`;
}

function takesCalls({ drained, circuit, credentialsRevoked, role }: NodeRouting): boolean {
  return !drained && circuit === 'closed' && !credentialsRevoked && role !== 'emergency';
}
