/** The closed sets of words that travel on the wire. Each is the contract, to the letter. */

export const SERVICE_NAMES = ['stripe', 'samsara', 'maps', 'twilio', 'sendgrid', 'airtable'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

export const STRATEGY_NAMES = [
  'ROUND_ROBIN',
  'WEIGHTED_ROUND_ROBIN',
  'LEAST_CONNECTIONS',
  'LEAST_RESPONSE_TIME',
  'GEOGRAPHIC_PROXIMITY',
  'COST_OPTIMIZED',
  'HEALTH_BASED',
  'PREDICTIVE_ANALYTICS',
  'HYBRID_OPTIMIZATION',
] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

export const NODE_ROLES = ['primary', 'secondary', 'tertiary', 'emergency'] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

/** What became of a routed call, as the service that made it saw it. */
export const OUTCOME_KINDS = [
  'success',
  'timeout',
  'connection_error',
  'server_error',
  'rate_limited',
  'client_error',
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const CALL_PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type CallPriority = (typeof CALL_PRIORITIES)[number];

/** How a recovery weighs availability, cost and speed; chosen by business impact. */
export const RECOVERY_STRATEGIES = [
  'AVAILABILITY_FOCUSED',
  'COST_FOCUSED',
  'PERFORMANCE_FOCUSED',
  'BALANCED',
] as const;
export type RecoveryStrategy = (typeof RECOVERY_STRATEGIES)[number];

/** The named plans a recovery can activate. */
export const RECOVERY_ACTIONS = [
  'failover',
  'enable_multi_provider_redundancy',
  'gradual_return',
  'throttle',
  'degrade_to_batch',
  'budget_override',
] as const;
export type RecoveryAction = (typeof RECOVERY_ACTIONS)[number];

/** Why a node was not a candidate for one decision. */
export const EXCLUSION_REASONS = [
  'drained',
  'circuit_open',
  'rate_limited',
  'emergency_only',
  'over_cost_limit',
  'over_budget',
  'credentials_revoked',
  'below_floor',
  'at_capacity',
] as const;
export type ExclusionReason = (typeof EXCLUSION_REASONS)[number];

export const CIRCUIT_STATES = ['closed', 'open', 'half_open'] as const;
export type CircuitStateName = (typeof CIRCUIT_STATES)[number];

/** People: admin > manager > user. Machines: service. */
export const ROLES = ['admin', 'manager', 'user', 'service'] as const;
export type Role = (typeof ROLES)[number];

export const TIMEFRAMES = ['1h', '24h', '7d', '30d'] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];
