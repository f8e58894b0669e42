import {
  ALERT_KINDS,
  ALERT_SEVERITIES,
  ALERT_STATES,
  SERVICE_NAMES,
  type AlertKind,
  type AlertSeverity,
  type AlertState,
  type ServiceName,
} from '@signalbox/contracts';
import { useSearchParams } from 'react-router';

export const ALERTS = '/stream-b-coordination/alerts';

/** Null: any. */
export interface AlertFilter {
  serviceName: ServiceName | null;
  kind: AlertKind | null;
  severity: AlertSeverity | null;
  state: AlertState | null;
}

/** The filter in the address, so that a link shows the same. */
export function useAlertFilter() {
  const [params, setParams] = useSearchParams();
  const one = <T extends string>(name: string, among: readonly T[]) =>
    among.find((value) => value === params.get(name)) ?? null;
  const filter: AlertFilter = {
    serviceName: one('serviceName', SERVICE_NAMES),
    kind: one('kind', ALERT_KINDS),
    severity: one('severity', ALERT_SEVERITIES),
    state: one('state', ALERT_STATES),
  };
  const change = (name: keyof AlertFilter, value: string | null) =>
    setParams(
      (now) => {
        if (value === null) now.delete(name);
        else now.set(name, value);
        return now;
      },
      { replace: true },
    );
  const queryFor = (state: AlertState) => {
    const asked = new URLSearchParams({ state });
    for (const name of ['serviceName', 'kind', 'severity'] as const) {
      if (filter[name] !== null) asked.set(name, filter[name]);
    }
    return `${ALERTS}?${asked.toString()}`;
  };
  return { filter, change, queryFor };
}
