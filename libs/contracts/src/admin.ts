import Type, { type Static } from 'typebox';
import { Count, Identifier, PageQuery, ServiceNameSchema, Text, Timestamp } from './schema-parts.js';
import { contract } from './validate.js';
import type { ServiceName } from './vocabulary.js';

const strict = { additionalProperties: false } as const;
const Secret = Type.String({ minLength: 1, maxLength: 8192 });

export const CircuitActionSchema = Type.Object(
  { action: Type.Enum(['force_open', 'reset']), reason: Type.Optional(Text(500)) },
  strict,
);
export type CircuitAction = Static<typeof CircuitActionSchema>;
export const circuitAction = contract(CircuitActionSchema);

export const DrainSchema = Type.Object(
  { expectedVersion: Type.Optional(Count), comment: Type.Optional(Text(500)) },
  strict,
);
export type DrainRequest = Static<typeof DrainSchema>;
export const drainRequest = contract(DrainSchema);

export const PutCredentialSchema = Type.Object({ secret: Secret }, strict);
export type PutCredential = Static<typeof PutCredentialSchema>;
export const putCredential = contract(PutCredentialSchema);

export const RotateCredentialSchema = Type.Object(
  { secret: Secret, overlapMinutes: Type.Integer({ minimum: 0, maximum: 43_200 }) },
  strict,
);
export type RotateCredential = Static<typeof RotateCredentialSchema>;
export const rotateCredential = contract(RotateCredentialSchema);

export const RollbackSchema = Type.Object(
  { expectedVersion: Type.Optional(Count), comment: Type.Optional(Text(500)) },
  strict,
);
export type RollbackRequest = Static<typeof RollbackSchema>;
export const rollbackRequest = contract(RollbackSchema);

/** Query strings arrive as strings; the edge converts numbers before checking. */
export const VersionsQuerySchema = Type.Object({ object: Type.Optional(Identifier), ...PageQuery }, strict);
export type VersionsQuery = Static<typeof VersionsQuerySchema>;
export const versionsQuery = contract(VersionsQuerySchema);

export const AuditQuerySchema = Type.Object(
  {
    actor: Type.Optional(Identifier),
    action: Type.Optional(Identifier),
    object: Type.Optional(Identifier),
    from: Type.Optional(Timestamp),
    to: Type.Optional(Timestamp),
    ...PageQuery,
  },
  strict,
);
export type AuditQuery = Static<typeof AuditQuerySchema>;
export const auditQuery = contract(AuditQuerySchema);

export const ActiveCoordinationsQuerySchema = Type.Object(
  { serviceName: Type.Optional(ServiceNameSchema), ...PageQuery },
  strict,
);
export type ActiveCoordinationsQuery = Static<typeof ActiveCoordinationsQuerySchema>;
export const activeCoordinationsQuery = contract(ActiveCoordinationsQuerySchema);

export const ConnectionsQuerySchema = Type.Object(PageQuery, strict);
export type ConnectionsQuery = Static<typeof ConnectionsQuerySchema>;
export const connectionsQuery = contract(ConnectionsQuerySchema);

export const RangeQuerySchema = Type.Object(
  { from: Type.Optional(Timestamp), to: Type.Optional(Timestamp) },
  strict,
);
export type RangeQuery = Static<typeof RangeQuerySchema>;
export const rangeQuery = contract(RangeQuerySchema);

/** One version of one configuration object (`service:stripe`). */
export interface ConfigVersion {
  id: string;
  object: string;
  version: number;
  createdAt: string;
  createdBy: string;
  comment: string | null;
  body?: unknown;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  role: string;
  action: string;
  object: string;
  /** The one service that it concerns; null where it concerns none, or several. */
  serviceName: ServiceName | null;
  before: unknown;
  after: unknown;
  correlationId: string;
}
