import Type, { type Static } from 'typebox';
import { Count, Identifier, Text, Timestamp, Word } from './schema-parts.js';
import { contract } from './validate.js';
import type { Role, ServiceName } from './vocabulary.js';

/** What front ends subscribe to: Socket.IO, namespace {@link REALTIME_NAMESPACE}, the token in the handshake's `auth.token`. */

export const REALTIME_NAMESPACE = '/realtime';

export const ROOMS = [
  'api_status_updates',
  'cost_monitoring',
  'webhook_events',
  'batching_performance',
  'rate_limit_alerts',
  'coordination',
  'agents',
] as const;
export type Room = (typeof ROOMS)[number];
export const RoomSchema = Type.Enum([...ROOMS]);

/** Who may join. A token limited to some services gets only the messages about those. */
export const ROOM_ROLES: Readonly<Record<Room, readonly Role[]>> = {
  api_status_updates: ['admin', 'manager', 'user', 'service'],
  cost_monitoring: ['admin', 'manager', 'user'],
  webhook_events: ['admin', 'manager', 'user'],
  batching_performance: ['admin', 'manager', 'user'],
  rate_limit_alerts: ['admin', 'manager', 'user', 'service'],
  coordination: ['admin', 'manager', 'user', 'service'],
  agents: ['admin', 'manager', 'service'],
};

/** The Socket.IO event name of each message. */
export const REALTIME_EVENTS = [
  'enhanced_coordination_completed',
  'backend_agent_sync_completed',
  'emergency_mode_activated',
  'emergency_mode_ended',
  'performance_degradation_detected',
  'service_status_changed',
  'circuit_changed',
  'budget_alert',
  'cost_update',
  'webhook_received',
  'webhook_processed',
  'batch_completed',
  'rate_limit_alert',
  'agent_status',
  'coordination_event',
  'security_alert',
  'dashboard_update',
  /** An alert was raised, escalated, acknowledged or resolved: an AlertView. */
  'alert_changed',
] as const;
export type RealtimeEventType = (typeof REALTIME_EVENTS)[number];

/** `critical` overtakes everything else that waits for a client. */
export const MESSAGE_PRIORITIES = ['critical', 'normal'] as const;
export type MessagePriority = (typeof MESSAGE_PRIORITIES)[number];

/**
 * One message of a room. `seq` rises by one per room within an `epoch`; an epoch ends when the room's history was
 * lost. The payload's fields stand beside these.
 */
export interface RoomMessage {
  room: Room;
  seq: number;
  epoch: string;
  priority: MessagePriority;
  eventType: RealtimeEventType;
  /** ISO 8601. */
  timestamp: string;
  /** The service it is about; absent where it is about none. */
  serviceName?: ServiceName;
  [field: string]: unknown;
}

/** `subscribe`, answered by the acknowledgement with a {@link SubscribeAnswer}. */
export const SubscribeSchema = Type.Object({
  rooms: Type.Array(RoomSchema, { minItems: 1, maxItems: ROOMS.length }),
  /** What the client saw last of each room: it is sent what it missed, in order. */
  lastSeen: Type.Optional(
    Type.Partial(Type.Record(RoomSchema, Type.Object({ epoch: Type.String({ maxLength: 64 }), seq: Count }))),
  ),
});
export type Subscribe = Static<typeof SubscribeSchema>;
export const subscribeContract = contract(SubscribeSchema);

export type RoomAnswer =
  | {
      joined: true;
      epoch: string;
      /** The newest message of the room when it was joined; the next one is `seq + 1`. */
      seq: number;
      /** True: what was missed follows. False: it cannot be had any more; `snapshot` is how things stand at `seq` or later. Null: nothing was asked for. */
      recovered: boolean | null;
      snapshot?: unknown;
    }
  | { joined: false; reason: 'forbidden' | 'unavailable' | 'too_many_subscriptions'; message: string };
export interface SubscribeAnswer {
  rooms: Partial<Record<Room, RoomAnswer>>;
}

/** `connection_closing`, sent before the server ends a connection. */
export const CLOSING_CODES = [
  'token_expired',
  'token_revoked',
  'too_slow',
  'too_many_requests',
  'shutting_down',
] as const;
export interface ConnectionClosing {
  code: (typeof CLOSING_CODES)[number];
  message: string;
}

export const COORDINATION_EVENT_TYPES = [
  'performance_optimization',
  'database_coordination',
  'innovation_insight',
  'frontend_update',
  'cost_alert',
  'system_optimization',
] as const;
export const PARTICIPANT_ROLES = ['performance', 'database', 'innovation', 'frontend'] as const;
export type ParticipantRole = (typeof PARTICIPANT_ROLES)[number];

/** POST /stream-b-coordination/coordination/send-event. */
export const SendEventSchema = Type.Object(
  {
    eventType: Type.Enum([...COORDINATION_EVENT_TYPES]),
    role: Type.Enum([...PARTICIPANT_ROLES]),
    priority: Type.Enum(['critical', 'high', 'medium', 'low']),
    payload: Type.Record(Type.String({ maxLength: 128 }), Type.Unknown()),
    requiresAck: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type SendEvent = Static<typeof SendEventSchema>;
export const sendEvent = contract(SendEventSchema);

/** `agents.event.<role>`, `agents.heartbeat.<agentId>`, `agents.ack.<eventId>` below the prefix of every subject. */
export const AGENT_SUBJECTS = {
  event: (role: ParticipantRole) => `signalbox.v1.agents.event.${role}`,
  heartbeat: (agentId: string) => `signalbox.v1.agents.heartbeat.${agentId}`,
  ack: (eventId: string) => `signalbox.v1.agents.ack.${eventId}`,
} as const;

/** An agent's id is a token of its subject. */
export const AgentId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' });

/** Core: `signalbox.v1.agents.heartbeat.<agentId>`, every 10 s; lost after 30 s. */
export const AgentHeartbeatSchema = Type.Object({
  agentId: AgentId,
  role: Type.Enum([...PARTICIPANT_ROLES]),
  name: Type.Optional(Text(100)),
  occurredAt: Timestamp,
});
export type AgentHeartbeat = Static<typeof AgentHeartbeatSchema>;
export const agentHeartbeat = contract(AgentHeartbeatSchema);

/** Durable: `signalbox.v1.agents.event.<role>`. */
export const AgentEventSchema = Type.Object({
  eventId: Identifier,
  occurredAt: Timestamp,
  eventType: Type.Enum([...COORDINATION_EVENT_TYPES]),
  role: Type.Enum([...PARTICIPANT_ROLES]),
  priority: Word,
  payload: Type.Record(Type.String({ maxLength: 128 }), Type.Unknown()),
  requiresAck: Type.Boolean(),
  sentBy: Identifier,
});
export type AgentEvent = Static<typeof AgentEventSchema>;

/** Core: `signalbox.v1.agents.ack.<eventId>`; `answer` where the participant has one. */
export const AgentAckSchema = Type.Object({
  eventId: Identifier,
  agentId: AgentId,
  occurredAt: Timestamp,
  answer: Type.Optional(Type.Unknown()),
});
export type AgentAck = Static<typeof AgentAckSchema>;
export const agentAck = contract(AgentAckSchema);

/**
 * Of one service, collected every 15 s and kept 24 h. Times in ms, rates per second, ratios 0..1, money in dollars; null:
 * not measured, because the app that knows it did not answer or had nothing to measure.
 */
export interface ApiPerformanceMetrics {
  serviceName: ServiceName;
  /** The quarter minute that it is the collection of. */
  collectedAt: string;
  /**
   * Of the calls on all nodes that succeeded or timed out: other failures say nothing of speed. Over the last one to two
   * routing windows of the service; `average` over the last one.
   */
  responseTime: {
    average: number | null;
    p95: number | null;
    p99: number | null;
    /** Median p95 of the last 5 min beside the 30 min before; null while there is too little of either. */
    trend: 'improving' | 'stable' | 'degrading' | null;
  };
  throughput: {
    /** Calls whose outcome was reported, over the last 15 s; callers' own errors are not among them. */
    requestsPerSecond: number | null;
    /** 0..100 of what the configured limits of the nodes that take calls let through; null where one has none. */
    utilizationPercentage: number | null;
  };
  errorRates: {
    /** Over the routing window; null without outcomes. */
    overall: number | null;
    /** Share of the outcomes by kind of failure; kinds that did not occur are left out. */
    byType: Record<string, number> | null;
    /** Error events of severity `critical` in the last 15 s. */
    criticalErrors: number | null;
  };
  costMetrics: {
    /** Dollars an hour: what was spent since the collection an hour ago, or since the oldest of at least a minute ago. */
    hourlySpend: number | null;
    /** Of the running day; may pass 1. */
    budgetUtilization: number | null;
    /** What the running day is expected to cost in all. */
    projectedCost: number | null;
  };
  optimization: {
    /** Batch requests that an identical one's answer served, of all that ended in the last 24 whole hours. */
    cacheHitRatio: number | null;
    /** Open recommendations about batching and deduplication. */
    batchingOpportunities: number | null;
    /** The titles of the open recommendations, the largest saving first, at most 10. */
    recommendedActions: string[] | null;
  };
  /** Coordination events of the last 24 h that name the service (`payload.serviceName`), by type. */
  coordination: {
    databaseOptimizations: number;
    performanceRecommendations: number;
    innovationOpportunities: number;
  };
}

/** GET /stream-b-coordination/metrics/realtime: the newest of each service; one that was never collected is missing. */
export interface RealtimePerformance {
  items: ApiPerformanceMetrics[];
  /** Of the newest; null before the first. */
  collectedAt: string | null;
  intervalSeconds: number;
}

/** GET /external-services/realtime-metrics: of one gateway, since it started. */
export interface RealtimeMetrics {
  clients: number;
  rooms: Record<string, { clients: number; seq: number | null }>;
  messages: { delivered: number; coalesced: number };
  /** From the event to the hand-over to the client's socket, ms; null before the first. */
  deliveryLatencyMs: { p50: number | null; p95: number | null; p99: number | null };
  disconnectedAsTooSlow: number;
  /** Clients that came back: told all they missed, or given a snapshot. */
  subscriptions: { recovered: number; notRecovered: number };
  /** What waits for clients that read slowly. */
  queuedBytes: { total: number; largest: number };
}

/** Over WebSocket: `agent_register`, again after every reconnect. Heartbeats are `agent_heartbeat` without a body. */
export const AgentRegisterSchema = Type.Object(
  { agentId: AgentId, role: Type.Enum([...PARTICIPANT_ROLES]), name: Type.Optional(Text(100)) },
  { additionalProperties: false },
);
export type AgentRegister = Static<typeof AgentRegisterSchema>;
export const agentRegister = contract(AgentRegisterSchema);

/** Over WebSocket: `agent_ack`. */
export const AgentAnswerSchema = Type.Object(
  { eventId: Identifier, answer: Type.Optional(Type.Unknown()) },
  { additionalProperties: false },
);
export type AgentAnswer = Static<typeof AgentAnswerSchema>;
export const agentAnswer = contract(AgentAnswerSchema);

/** GET /stream-b-coordination/agents/status. */
export interface AgentStatus {
  agentId: string;
  role: ParticipantRole;
  name: string | null;
  state: 'alive' | 'lost';
  lastHeartbeat: string;
  /** Since this gateway first heard of it. */
  eventsSent: number;
  eventsAnswered: number;
  /** Mean, ms; null before the first answer. */
  answerTimeMs: number | null;
}

/** The answer of send-event. */
export interface EventSent {
  eventId: string;
  /** The living participants of the role when it was sent. */
  participants: string[];
  /** Who acknowledged within the 5 s in which that is waited for; empty when no acknowledgement was asked for. */
  acknowledged: { agentId: string; answerTimeMs: number; answer?: unknown }[];
  /** True when an acknowledgement was asked for and nobody gave one in time. */
  escalated: boolean;
}
