import type { AuditEntry } from '@signalbox/contracts';
import { usePages } from '../../api/use-pages';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { Page } from '../../parts/page';
import { AuditFilters } from './audit-filters';
import { AuditTable } from './audit-table';
import { useAuditFilter } from './use-audit-filter';

const AUDIT = '/admin/audit';
/** What is told at once of what is audited; the rest is seen when it is asked for again. */
const TOLD = new Set(['emergency_mode_activated', 'emergency_mode_ended', 'coordination_event']);
const LOOK_EVERY_MS = 10_000;
/** The server lets a person ask 60 times a minute. */
const AT_MOST_EVERY_MS = 4_000;

/** Who changed what, when, and under which request. What looks like a secret is redacted before it is written. */
export default function Audit() {
  const { filter, change, query, problems } = useAuditFilter();
  const pages = usePages<AuditEntry>(`${AUDIT}${query}`, {
    enabled: problems.length === 0,
    everyMs: LOOK_EVERY_MS,
  });
  useRefreshOn(({ eventType }) => TOLD.has(eventType), [AUDIT], AT_MOST_EVERY_MS);
  const isNarrowed = Object.values(filter).some((value) => value !== '');
  return (
    <Page
      title="Audit"
      about="Everything that changed state, newest first. Nobody can change or delete a line; secrets are redacted."
    >
      <AuditFilters filter={filter} change={change} problems={problems} />
      <Answer
        query={pages}
        empty={{
          when: (entries) => entries.length === 0,
          say: isNarrowed ? 'Nothing was changed that fits the filter.' : 'Nothing has been changed yet.',
        }}
      >
        {(entries) => <AuditTable entries={entries} pages={pages} narrow={change} />}
      </Answer>
    </Page>
  );
}
