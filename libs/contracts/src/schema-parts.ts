import Type from 'typebox';
import { CALL_PRIORITIES, OUTCOME_KINDS, SERVICE_NAMES, SEVERITIES, STRATEGY_NAMES } from './vocabulary.js';

/** Building blocks shared by the schemas; every string and list is bounded. */

export const ServiceNameSchema = Type.Enum([...SERVICE_NAMES]);
export const StrategyNameSchema = Type.Enum([...STRATEGY_NAMES]);
export const OutcomeKindSchema = Type.Enum([...OUTCOME_KINDS]);
export const SeveritySchema = Type.Enum([...SEVERITIES]);
/** Services write priorities in either case; inside they are upper case. */
export const CallPrioritySchema = Type.Enum([
  ...CALL_PRIORITIES,
  ...CALL_PRIORITIES.map((priority) => priority.toLowerCase() as Lowercase<typeof priority>),
]);

export const Identifier = Type.String({ minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9_.:@/-]+$' });
export const NodeId = Type.String({ minLength: 1, maxLength: 64, pattern: '^[a-z0-9][a-z0-9_]*$' });
/** A word whose set is not closed by the contract. */
export const Word = Type.String({ minLength: 1, maxLength: 64 });
export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** Dollars; the ceiling only keeps micro-dollars inside exact integers. */
export const Usd = Type.Number({ minimum: 0, maximum: 1_000_000_000 });
export const Ms = Type.Number({ minimum: 0, maximum: 86_400_000 });
export const Count = Type.Integer({ minimum: 0, maximum: 1_000_000_000 });
export const Timestamp = Type.String({
  maxLength: 40,
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}:\\d{2})$',
});

export const PageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 50 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
};
