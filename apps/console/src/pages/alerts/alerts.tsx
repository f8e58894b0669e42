import { Stack } from '@mantine/core';
import type { AlertState } from '@signalbox/contracts';
import { useRefreshOn } from '../../live/live';
import { Page } from '../../parts/page';
import { AlertFilters } from './alert-filters';
import { AlertList } from './alert-list';
import { ALERTS, useAlertFilter } from './use-alert-filter';

const LISTS: Record<AlertState, { title: string; about: string; none: string }> = {
  open: {
    title: 'Open',
    about: 'Nobody looks at these yet. Each becomes more severe until somebody does.',
    none: 'Nothing is open: whatever stands, somebody looks at.',
  },
  acknowledged: {
    title: 'Acknowledged',
    about: 'Somebody looks; they escalate no more, and end when what they are about is over.',
    none: 'Nothing is being looked at.',
  },
  resolved: {
    title: 'Resolved',
    about: 'Over, of the last 30 days.',
    none: 'Nothing has been resolved in the last 30 days.',
  },
};
/** Three lists, and the server lets a person ask 60 times a minute. */
const AT_MOST_EVERY_MS = 4_000;
const STATES = ['open', 'acknowledged', 'resolved'] as const;

/** What asks for a person: what stands first, then what is over. */
export default function Alerts() {
  const { filter, change, queryFor } = useAlertFilter();
  useRefreshOn(({ eventType }) => eventType === 'alert_changed', [ALERTS], AT_MOST_EVERY_MS);
  const shown = STATES.filter((state) => filter.state === null || filter.state === state);
  return (
    <Page
      title="Alerts"
      about="Raised by a fact or a threshold, escalated while nobody looks, resolved when it is over."
    >
      <AlertFilters filter={filter} change={change} />
      <Stack gap="xl">
        {shown.map((state) => (
          <AlertList
            key={state}
            state={state}
            path={queryFor(state)}
            narrowed={filter.serviceName !== null || filter.kind !== null || filter.severity !== null}
            {...LISTS[state]}
          />
        ))}
      </Stack>
    </Page>
  );
}
