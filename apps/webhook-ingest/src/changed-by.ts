import type { ChangedBy } from '@signalbox/persistence';
import { Correlation, type Caller } from '@signalbox/platform';

export function changedBy(caller: Caller): ChangedBy {
  return { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' };
}
