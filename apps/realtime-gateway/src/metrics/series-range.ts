import { SignalboxError, type SeriesQuery } from '@signalbox/contracts';

const MOST_POINTS = 1_000;
const HOUR_MS = 3_600_000;
/** Steps that people think in; the first that leaves few enough points is taken when none is asked for. */
const STEPS_MS = [60_000, 300_000, 900_000, HOUR_MS, 24 * HOUR_MS];

/** Epoch ms; `toMs` not included. */
interface AskedRange {
  fromMs: number;
  toMs: number;
  stepMs: number;
}

/**
 * What a query asks for: the hour up to now unless it says otherwise, in steps of a minute or, of longer ranges, of 5 or
 * 15 minutes, an hour or a day.
 * @throws SignalboxError VALIDATION_FAILED naming the field
 */
export function seriesRangeOf(query: SeriesQuery, nowMs: number): AskedRange {
  const toMs = query.to === undefined ? nowMs : timeOf('to', query.to);
  const fromMs = query.from === undefined ? toMs - HOUR_MS : timeOf('from', query.from);
  if (fromMs >= toMs) throw refused('from', 'must be a time before `to`');
  const rangeMs = toMs - fromMs;
  if (query.step !== undefined) {
    const stepMs = query.step * 1_000;
    const points = Math.ceil(rangeMs / stepMs);
    if (points > MOST_POINTS) {
      const least = Math.ceil(rangeMs / MOST_POINTS / 1_000);
      throw refused(
        'step',
        `makes ${points} points of this range, more than ${MOST_POINTS}: ask for ${least} or more`,
      );
    }
    return { fromMs, toMs, stepMs };
  }
  const stepMs = STEPS_MS.find((one) => rangeMs / one <= MOST_POINTS);
  if (stepMs === undefined) throw refused('from', `is more than ${MOST_POINTS} days before \`to\``);
  return { fromMs, toMs, stepMs };
}

/** The contract knows what a time looks like; whether it is one (no 31 February) is found here. */
function timeOf(path: string, text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw refused(path, 'is not a time');
  return ms;
}

function refused(path: string, message: string): SignalboxError {
  return new SignalboxError('VALIDATION_FAILED', `${path}: ${message}`, { fields: [{ path, message }] });
}
