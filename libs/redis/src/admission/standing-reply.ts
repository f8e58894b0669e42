import type { Standing } from '@signalbox/budgets';
import { periodOfKey } from './arguments.js';
import { countIn, type Cell } from './replies.js';
import type { Asking } from './service-scripts.js';

/** The standing in a reply whose budgets begin at `from`: key and four counts of the day, then of the month. */
export function standingIn(
  cells: Cell[],
  from: number,
  atUs: number,
  tiers: Pick<Standing, 'arrivalUs' | 'hourCalls' | 'hourYoungest' | 'dayCalls'>,
  { calendar, compiled }: Asking,
): Standing {
  const { timeZone } = compiled.rules.budget;
  return {
    atUs,
    ...tiers,
    periods: {
      day: periodOfKey(calendar, 'day', String(cells[from]), timeZone),
      month: periodOfKey(calendar, 'month', String(cells[from + 5]), timeZone),
    },
    counts: {
      day: countIn(cells.slice(from + 1, from + 5)),
      month: countIn(cells.slice(from + 6, from + 10)),
    },
  };
}
