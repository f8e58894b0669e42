import Type, { type Static } from 'typebox';
import { Identifier, Text, Timestamp, Word } from './schema-parts.js';
import { contract } from './validate.js';

/** Core (not durable): every process says of itself that it lives, and how. */
export const FLEET_ALIVE_SUBJECT = 'signalbox.v1.fleet.alive';

const State = Type.Enum(['operational', 'degraded', 'down']);

export const MemberAliveSchema = Type.Object({
  /** `routing-coordinator`, …, or `standalone`. */
  name: Word,
  /** The parts of Signalbox that it runs. */
  apps: Type.Array(Word, { maxItems: 16 }),
  replicaId: Identifier,
  startedAt: Timestamp,
  state: State,
  reasons: Type.Array(Text(1_000), { maxItems: 64 }),
  components: Type.Record(Type.String({ maxLength: 64 }), State),
});
export type MemberAlive = Static<typeof MemberAliveSchema>;
export const memberAlive = contract(MemberAliveSchema);
