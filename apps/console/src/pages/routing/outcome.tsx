import { StatusBadge } from '../../parts/status-badge';
import { words } from '../../parts/figures';

const STATES: Record<string, string> = {
  success: 'healthy',
  client_error: 'unknown',
  rate_limited: 'degraded',
};

/** What became of a call; the caller's own mistakes are nobody's failure. */
export function Outcome({ outcome }: { outcome: string }) {
  return <StatusBadge status={STATES[outcome] ?? 'down'}>{words(outcome)}</StatusBadge>;
}
