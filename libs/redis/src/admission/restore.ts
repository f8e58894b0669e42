import {
  arrivalFromMinutes,
  compileRules,
  isThrottling,
  periodAt,
  rebuildFrom,
  type LedgerSnapshot,
  type RebuiltPeriod,
  type RulesSource,
} from '@signalbox/budgets';
import { recordOf } from './replies.js';
import { Script } from './script.js';
import { RESTORE_BEGIN, RESTORE_END, RESTORE_RECORDS } from './scripts/restore.js';
import type { ServiceScripts } from './service-scripts.js';

const begin = new Script(RESTORE_BEGIN);
const records = new Script(RESTORE_RECORDS);
const end = new Script(RESTORE_END);

/** Reservations restored in one step: a few milliseconds of the server's time. */
const PAGE = 500;

/** Brings a service back from a snapshot, in steps that any later restore may overtake; false when one has. */
export async function restoreOn(
  scripts: ServiceScripts,
  snapshot: LedgerSnapshot,
  rulesOf: RulesSource,
): Promise<boolean> {
  const { serviceName, generation, callsByMinute } = snapshot;
  const begun = await scripts.run(serviceName, begin, [generation, await scripts.serverRun()]);
  const [nowMs = 0] = begun as number[];
  if (nowMs === 0) return false;
  const compiled = compileRules(rulesOf(serviceName));
  const { periods, reservations, drawnMicroUsd } = rebuildFrom(snapshot);
  for (let from = 0; from < reservations.length; from += PAGE) {
    const page = reservations.slice(from, from + PAGE);
    const cells = page.flatMap((one) => [one.reservationId, JSON.stringify(recordOf(one))]);
    if ((await scripts.run(serviceName, records, [generation, ...cells])) !== 1) return false;
  }
  const cellsOf = ({
    kind,
    key,
    spentMicroUsd,
    reservedMicroUsd,
    leasedMicroUsd,
    calls,
    told,
  }: RebuiltPeriod) => {
    const throttling = isThrottling(compiled.budgets[kind].band, spentMicroUsd + reservedMicroUsd, false);
    const toldText = told.length === 0 ? ':' : `:${told.join(':')}:`;
    return [kind, key, spentMicroUsd, reservedMicroUsd, leasedMicroUsd, calls, throttling ? 1 : 0, toldText];
  };
  // Counts of a period that has none must not stay behind from an earlier generation.
  const running = (['day', 'month'] as const)
    .map((kind) => ({ kind, key: periodAt(kind, nowMs, compiled.rules.budget.timeZone).key }))
    .filter(({ kind, key }) => !periods.some((period) => period.kind === kind && period.key === key))
    .map(({ kind, key }) => [kind, key, 0, 0, 0, 0, 0, ':']);
  const minute = Math.floor(nowMs / 60_000);
  const minutes = callsByMinute.filter(([at]) => at > minute - 61 && at <= minute);
  const counts = {
    arrivalUs: arrivalFromMinutes(compiled.pace, minutes, nowMs * 1000),
    minutes,
    running: minute,
    drawn: [...drawnMicroUsd],
    periods: [...periods.map(cellsOf), ...running],
  };
  return (await scripts.run(serviceName, end, [generation, JSON.stringify(counts)])) === 1;
}
