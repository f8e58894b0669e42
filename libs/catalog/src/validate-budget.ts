import { SignalboxError, type Budget, type FieldError } from '@signalbox/contracts';

/** @throws SignalboxError IMPOSSIBLE_CONFIGURATION naming every field that cannot be as it is */
export function validateBudget(budget: Budget): void {
  const fields = [...thresholdProblems(budget), ...zoneProblems(budget)];
  if (fields.length === 0) return;
  const message = fields.map((field) => `${field.path} ${field.message}`).join('; ');
  throw new SignalboxError('IMPOSSIBLE_CONFIGURATION', message, { fields });
}

function thresholdProblems({ alertThresholds }: Budget): FieldError[] {
  if (alertThresholds === undefined) return [];
  const { warning, critical, emergency } = alertThresholds;
  const problems: FieldError[] = [];
  if (critical <= warning) {
    problems.push({ path: 'alertThresholds.critical', message: `must be above the warning at ${warning}` });
  }
  if (emergency <= critical) {
    problems.push({
      path: 'alertThresholds.emergency',
      message: `must be above the critical one at ${critical}`,
    });
  }
  return problems;
}

function zoneProblems({ timeZone }: Budget): FieldError[] {
  if (timeZone === undefined) return [];
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return [];
  } catch {
    return [{ path: 'timeZone', message: 'must be the IANA name of a time zone, such as Europe/Dublin' }];
  }
}
