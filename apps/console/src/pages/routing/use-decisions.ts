import type { ReceivedMessage } from '@signalbox/client/realtime';
import type { CoordinationSummary, Page, ServiceName } from '@signalbox/contracts';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useApi } from '../../api/use-api';
import { useMessages } from '../../live/live';

/** Those recorded before the page was opened, asked for again because outcomes come later than decisions. */
const RECORDED = '/enhanced-traffic-coordination/coordinations?limit=50';
const RECORDED_EVERY_MS = 10_000;
/** Kept in the page, over all services. */
const KEPT = 400;
/** Shown at once. */
const SHOWN = 60;
/** A thousand decisions a second are drawn no more often than this. */
const DRAW_EVERY_MS = 400;

/** A decision as the stream tells it, and what became of it once that is recorded. */
export interface SeenDecision {
  coordinationId: string;
  serviceName: ServiceName;
  operation: string;
  nodeId: string;
  strategy: string;
  decidedAt: string;
  confidenceScore: number | null;
  estimatedCost: number | null;
  outcome: string | null;
  latencyMs: number | null;
}

export interface DecisionStream {
  /** Newest first. */
  decisions: SeenDecision[];
  /** Made since the list was paused, as far as they are kept. */
  waiting: number;
  failed: ReturnType<typeof useApi>['error'];
  pending: boolean;
}

/** The decisions as they are made; while `paused` the list stands still and counts what waits. */
export function useDecisions(chosen: ServiceName | null, paused: boolean): DecisionStream {
  const live = useLiveDecisions();
  const recorded = useApi<Page<CoordinationSummary>>(RECORDED, { everyMs: RECORDED_EVERY_MS });
  const all = useMemo(() => merged(live, recorded.data?.items ?? []), [live, recorded.data]);
  const concerned = useMemo(
    () => all.filter(({ serviceName }) => chosen === null || serviceName === chosen),
    [all, chosen],
  );
  const [heldIds, setHeldIds] = useState<ReadonlySet<string> | null>(null);
  const newest = useRef(concerned);
  useEffect(() => {
    newest.current = concerned;
  });
  const nothing = concerned.length === 0;
  useEffect(() => {
    if (!paused || nothing) return undefined;
    setHeldIds(new Set(newest.current.slice(0, SHOWN).map(({ coordinationId }) => coordinationId)));
    return () => setHeldIds(null);
  }, [paused, nothing, chosen]);
  const shown =
    heldIds === null
      ? concerned.slice(0, SHOWN)
      : concerned.filter(({ coordinationId }) => heldIds.has(coordinationId));
  const firstShown = shown[0]?.decidedAt;
  const waiting =
    heldIds === null || firstShown === undefined
      ? 0
      : concerned.filter(({ decidedAt }) => decidedAt > firstShown).length;
  return { decisions: shown, waiting, failed: recorded.error, pending: recorded.isPending };
}

/** What was told since the page was opened, newest first. */
function useLiveDecisions(): readonly SeenDecision[] {
  const [seen, setSeen] = useState<readonly SeenDecision[]>([]);
  const undrawn = useRef<SeenDecision[]>([]);
  useMessages((message) => {
    if (message.eventType === 'enhanced_coordination_completed') undrawn.current.push(decisionOf(message));
    if (undrawn.current.length > KEPT) undrawn.current.splice(0, undrawn.current.length - KEPT);
  });
  useEffect(() => {
    const timer = setInterval(() => {
      if (undrawn.current.length === 0) return;
      const fresh = undrawn.current.reverse();
      undrawn.current = [];
      setSeen((known) => [...fresh, ...known].slice(0, KEPT));
    }, DRAW_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return seen;
}

function merged(live: readonly SeenDecision[], recorded: readonly CoordinationSummary[]): SeenDecision[] {
  const byId = new Map(live.map((decision) => [decision.coordinationId, decision]));
  for (const { coordinationId, outcome, latencyMs, ...summary } of recorded) {
    const known = byId.get(coordinationId) ?? {
      ...summary,
      coordinationId,
      confidenceScore: null,
      estimatedCost: null,
    };
    byId.set(coordinationId, { ...known, outcome, latencyMs });
  }
  return [...byId.values()].sort((a, b) => (a.decidedAt < b.decidedAt ? 1 : -1)).slice(0, KEPT);
}

function decisionOf(message: ReceivedMessage): SeenDecision {
  const told = message as unknown as Omit<SeenDecision, 'decidedAt' | 'outcome' | 'latencyMs'>;
  return {
    coordinationId: told.coordinationId,
    serviceName: told.serviceName,
    operation: told.operation,
    nodeId: told.nodeId,
    strategy: told.strategy,
    decidedAt: message.timestamp,
    confidenceScore: told.confidenceScore,
    estimatedCost: told.estimatedCost,
    outcome: null,
    latencyMs: null,
  };
}
