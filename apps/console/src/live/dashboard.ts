import type { ReceivedMessage } from '@signalbox/client/realtime';
import type {
  BudgetState,
  CircuitChanged,
  CircuitStateName,
  DashboardUpdate,
  FrontendCoordination,
  NodeRouting,
  ServiceGlance,
  ServiceName,
} from '@signalbox/contracts';
import { useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { ApiFailure } from '../api/api';
import { useApi } from '../api/use-api';
import { useMessages, useRefreshOn } from './live';

/** All that the first paint needs, and what is live of it afterwards. */
export const DASHBOARD = '/external-services/frontend-coordination';

/** As often as metrics are collected. */
const SERIES_EVERY_MS = 15_000;
/** The server lets a person ask 120 times a minute; two tabs in an outage ask half as often. */
const AT_MOST_EVERY_MS = 2_000;

/** However many messages come, the page is drawn no more often. */
const DRAW_EVERY_MS = 400;

/** Facts that change what the first paint showed and that its next update may be 5 s away from. */
const CHANGES: ReadonlySet<string> = new Set([
  'circuit_changed',
  'service_status_changed',
  'emergency_mode_activated',
  'emergency_mode_ended',
  'alert_changed',
]);

/** How everything stands. One query for whoever asks, kept live by {@link useDashboardUpdates}. */
export function useDashboard(everyMs = SERIES_EVERY_MS): UseQueryResult<FrontendCoordination, ApiFailure> {
  return useApi<FrontendCoordination>(DASHBOARD, { everyMs });
}

/** Shows at once what was just changed of a node, where the next answer may still be from before. */
export function useNodeChange() {
  const queries = useQueryClient();
  return (serviceName: ServiceName, nodeId: string, change: Partial<NodeRouting>) =>
    queries.setQueryData<FrontendCoordination>([DASHBOARD], (known) =>
      known === undefined ? known : withNode(known, serviceName, nodeId, change),
    );
}

/** Once for the page: takes what the rooms tell into the answer of {@link useDashboard}. */
export function useDashboardUpdates(): void {
  const queries = useQueryClient();
  const waiting = useRef<Update[]>([]);
  useMessages((message) => {
    const update = updateOf(message);
    if (update !== null) waiting.current.push(update);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (waiting.current.length === 0) return;
      const updates = waiting.current;
      waiting.current = [];
      queries.setQueryData<FrontendCoordination>([DASHBOARD], (known) =>
        known === undefined ? known : updates.reduce((standing, update) => update(standing), known),
      );
    }, DRAW_EVERY_MS);
    return () => clearInterval(timer);
  }, [queries]);
  useRefreshOn(({ eventType }) => CHANGES.has(eventType), [DASHBOARD], AT_MOST_EVERY_MS);
}

type Update = (known: FrontendCoordination) => FrontendCoordination;

function updateOf(message: ReceivedMessage): Update | null {
  if (message.eventType === 'dashboard_update') {
    const { services, costs, agents, alerts } = message as unknown as DashboardUpdate;
    return (known) => ({ ...known, services, costs, agents, alerts });
  }
  if (message.eventType === 'cost_update') {
    const { serviceName, day, month, band } = message as unknown as BudgetState;
    const spend: ServiceGlance['spend'] = { day, month, band, asOf: message.timestamp };
    return (known) => withService(known, serviceName, (service) => ({ ...service, spend }));
  }
  if (message.eventType === 'circuit_changed') {
    const { serviceName, nodeId, to, openUntil } = message as unknown as CircuitChanged;
    return (known) => withNode(known, serviceName, nodeId, { circuit: to, circuitOpenUntil: openUntil });
  }
  return null;
}

function withNode(
  known: FrontendCoordination,
  serviceName: ServiceName,
  nodeId: string,
  change: Partial<NodeRouting>,
): FrontendCoordination {
  const { data } = known.routing;
  const before = data?.items.find((service) => service.serviceName === serviceName);
  if (data === null || before === undefined) return known;
  const nodes = before.nodes.map((node) => (node.nodeId === nodeId ? { ...node, ...change } : node));
  const count = (state: CircuitStateName) => nodes.filter(({ circuit }) => circuit === state).length;
  const circuits = { closed: count('closed'), open: count('open'), halfOpen: count('half_open') };
  const items = data.items.map((service) => (service === before ? { ...before, nodes } : service));
  return {
    ...withService(known, serviceName, (service) => ({ ...service, circuits })),
    routing: { ...known.routing, data: { items } },
  };
}

function withService(
  known: FrontendCoordination,
  serviceName: string,
  change: (service: ServiceGlance) => ServiceGlance,
): FrontendCoordination {
  const items = known.services.items.map((service) =>
    service.serviceName === serviceName ? change(service) : service,
  );
  return { ...known, services: { ...known.services, items } };
}
