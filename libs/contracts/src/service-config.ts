import Type, { type Static } from 'typebox';
import { Count, NodeId, Ms, ServiceNameSchema, StrategyNameSchema, Text, Usd, Word } from './schema-parts.js';
import { NODE_ROLES } from './vocabulary.js';
import { contract } from './validate.js';

/** The configuration of one service, whole, as PUT /admin/catalog/services/:serviceName takes and GET shows it. */

const strict = { additionalProperties: false } as const;
const Ratio = Type.Number({ minimum: 0, maximum: 1 });
const Percent = Type.Number({ minimum: 0, maximum: 100 });

export const HealthCheckSchema = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: 512, pattern: '^/' }),
    expectedStatus: Type.Integer({ minimum: 100, maximum: 599 }),
    timeoutMs: Type.Integer({ minimum: 1, maximum: 30_000 }),
  },
  strict,
);
export type HealthCheckConfig = Static<typeof HealthCheckSchema>;

export const NodeConfigSchema = Type.Object(
  {
    nodeId: NodeId,
    providerName: Text(100),
    region: Word,
    role: Type.Enum([...NODE_ROLES]),
    /** Share in percent. */
    weightPercent: Percent,
    /** Prior until outcomes are seen, percent. */
    priorSuccessPercent: Percent,
    /** Prior until outcomes are seen, ms. */
    priorLatencyMs: Type.Number({ exclusiveMinimum: 0, maximum: 600_000 }),
    costPerRequestUsd: Usd,
    baseUrl: Type.String({ maxLength: 512, pattern: '^https?://[^\\s]+$' }),
    drained: Type.Optional(Type.Boolean()),
    maxConcurrent: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    maxRequestsPerSecond: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 })),
    credentialRef: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    healthCheck: Type.Optional(HealthCheckSchema),
  },
  strict,
);
export type NodeConfig = Static<typeof NodeConfigSchema>;

export const ThresholdsSchema = Type.Object(
  {
    /** A node's circuit opens when its error rate over the window passes this (0..1). */
    failoverErrorRatio: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
    /** Least outcomes in the window before the rate may open a circuit. */
    minimumOutcomes: Type.Integer({ minimum: 1, maximum: 100_000 }),
    /** Consecutive failures that open a circuit. */
    consecutiveFailures: Type.Integer({ minimum: 1, maximum: 1_000 }),
    /** The sliding window, ms. */
    windowMs: Type.Integer({ minimum: 1_000, maximum: 3_600_000 }),
    /** First open time of a circuit; doubles with jitter up to `maxBackoffMs`. */
    retryBackoffMs: Type.Integer({ minimum: 10, maximum: 300_000 }),
    maxBackoffMs: Type.Integer({ minimum: 10, maximum: 3_600_000 }),
    /** Successful probes that close a half-open circuit. */
    probeSuccesses: Type.Integer({ minimum: 1, maximum: 100 }),
    /** Latency the service is held to, ms. */
    targetLatencyMs: Ms,
    /** An in-flight call is forgotten after this, ms. */
    inFlightLeaseMs: Type.Integer({ minimum: 1_000, maximum: 3_600_000 }),
  },
  strict,
);
export type Thresholds = Static<typeof ThresholdsSchema>;

export const ServiceConfigSchema = Type.Object(
  {
    serviceName: ServiceNameSchema,
    strategy: StrategyNameSchema,
    intent: Text(300),
    /** Least success (0..1) a node needs to be a candidate; null: none. */
    successFloor: Type.Union([Ratio, Type.Null()]),
    thresholds: ThresholdsSchema,
    nodes: Type.Array(NodeConfigSchema, { minItems: 1, maxItems: 64 }),
    /** Business capabilities that stop working when this service does. */
    dependents: Type.Array(Word, { maxItems: 64 }),
  },
  strict,
);
export type ServiceConfig = Static<typeof ServiceConfigSchema>;
export const serviceConfig = contract(ServiceConfigSchema);

export const PutServiceSchema = Type.Object(
  {
    ...ServiceConfigSchema.properties,
    expectedVersion: Type.Optional(Count),
    comment: Type.Optional(Text(500)),
  },
  strict,
);
export type PutService = Static<typeof PutServiceSchema>;
export const putService = contract(PutServiceSchema);

/** A service's configuration with the version that is live. */
export interface VersionedService {
  version: number;
  updatedAt: string;
  updatedBy: string;
  service: ServiceConfig;
}
