import { toMicroUsd, toUsd, type MicroUsd, type ServiceConfig, type ServiceName } from '@signalbox/contracts';
import type { AttemptSeen, Journal, Lane } from './journal.js';
import { percentile, reroutesOf, type Reroute } from './reroute.js';
import type { Story } from './stories.js';

export interface ServiceSummary {
  calls: number;
  /** 0..1; null without calls. */
  successRate: number | null;
  primaryOnlySuccessRate: number | null;
  /** The slowest re-route of the service, ms; null when none was needed. */
  rerouteMs: number | null;
  costUsd: number;
  primaryOnlyCostUsd: number;
  circuitsOpened: number;
  /** Calls that Signalbox turned away; they are no successes either. */
  refused: number;
}

/** The last line of `--json`. */
export interface Summary {
  calls: number;
  successRate: number | null;
  primaryOnly: { successRate: number | null; costUsd: number };
  rerouteMs: { p50: number | null; p99: number | null };
  costUsd: number;
  services: Record<string, ServiceSummary>;
}

/** Figures from what happened and nothing else. */
export function summarize(
  journal: Pick<Journal, 'attempts' | 'calls' | 'circuits'>,
  catalog: readonly ServiceConfig[],
  stories: readonly Story[],
): Summary {
  const costs = new Map(
    catalog.flatMap(({ nodes }) =>
      nodes.map((node) => [node.nodeId, toMicroUsd(node.costPerRequestUsd)] as const),
    ),
  );
  const reroutes = reroutesOf(journal.attempts, stories);
  const successRate = (lane: Lane, service?: ServiceName): number | null => {
    const calls = journal.calls.filter(
      (call) => call.lane === lane && (service ?? call.service) === call.service,
    );
    return calls.length === 0
      ? null
      : rounded(calls.filter(({ end }) => end === 'success').length / calls.length, 5);
  };
  const costUsd = (lane: Lane, service?: ServiceName): number =>
    toUsd(
      spent(
        journal.attempts.filter((seen) => seen.lane === lane && (service ?? seen.service) === seen.service),
        costs,
      ),
    );

  const services = catalog.map(({ serviceName }) => [
    serviceName,
    {
      calls: journal.calls.filter((call) => call.lane === 'signalbox' && call.service === serviceName).length,
      successRate: successRate('signalbox', serviceName),
      primaryOnlySuccessRate: successRate('primaryOnly', serviceName),
      rerouteMs: slowest(reroutes.filter(({ service }) => service === serviceName)),
      costUsd: costUsd('signalbox', serviceName),
      primaryOnlyCostUsd: costUsd('primaryOnly', serviceName),
      circuitsOpened: journal.circuits.filter(({ service, to }) => service === serviceName && to === 'open')
        .length,
      refused: journal.calls.filter(({ service, end }) => service === serviceName && end === 'refused')
        .length,
    },
  ]);
  const rerouteMs = reroutes.map(({ ms }) => ms);
  return {
    calls: journal.calls.filter(({ lane }) => lane === 'signalbox').length,
    successRate: successRate('signalbox'),
    primaryOnly: { successRate: successRate('primaryOnly'), costUsd: costUsd('primaryOnly') },
    rerouteMs: { p50: tenths(percentile(rerouteMs, 50)), p99: tenths(percentile(rerouteMs, 99)) },
    costUsd: costUsd('signalbox'),
    services: Object.fromEntries(services) as Summary['services'],
  };
}

/** The listed price of each attempt that succeeded: providers do not bill what they failed to do. */
function spent(attempts: readonly AttemptSeen[], costs: ReadonlyMap<string, MicroUsd>): MicroUsd {
  return attempts
    .filter(({ outcome }) => outcome === 'success')
    .reduce((sum, { nodeId }) => sum + (costs.get(nodeId) ?? 0), 0);
}

function slowest(reroutes: readonly Reroute[]): number | null {
  return tenths(
    percentile(
      reroutes.map(({ ms }) => ms),
      100,
    ),
  );
}

function tenths(value: number | null): number | null {
  return value === null ? null : rounded(value, 1);
}

function rounded(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}
