import { SignalboxError } from '@signalbox/contracts';

const DAY_MS = 86_400_000;
/** What one statement after another is counted from in reasonable time. */
const LONGEST_MS = 31 * DAY_MS;

/**
 * The last 24 hours unless said otherwise; whole seconds, as history knows decisions.
 * @throws SignalboxError VALIDATION_FAILED naming the field
 */
export function rangeOf(
  query: { from?: string; to?: string },
  nowMs: number,
): { fromMs: number; toMs: number } {
  const toMs = query.to === undefined ? nowMs : Date.parse(query.to);
  const fromMs = query.from === undefined ? toMs - DAY_MS : Date.parse(query.from);
  if (Number.isNaN(toMs)) throw refused('to', 'is no time');
  if (!(fromMs < toMs)) throw refused('from', 'must be a time before `to`');
  if (toMs - fromMs > LONGEST_MS) throw refused('from', 'must be at most 31 days before `to`');
  return { fromMs: Math.floor(fromMs / 1_000) * 1_000, toMs };
}

function refused(path: string, message: string): SignalboxError {
  return new SignalboxError('VALIDATION_FAILED', `${path} ${message}`, { fields: [{ path, message }] });
}
