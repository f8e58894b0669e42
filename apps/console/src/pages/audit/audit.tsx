import { Page } from '../../parts/page';
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import type { AuditEntry } from '@signalbox/contracts';
import { usePages } from '../../api/use-pages';
import { Answer } from '../../parts/answer';
import { AuditTable } from './audit-table';
import { AuditFilters } from './audit-filters';
import { useAuditFilter } from './use-audit-filter';

/** Who changed what, when, and under which request. What looks like a secret is redacted before it is written. */
export default function Audit() {
  const { filter, change, query, problems } = useAuditFilter();
  const pages = usePages<AuditEntry>(`/admin/audit${query}`, { enabled: problems.length === 0 });
  const isNarrowed = Object.values(filter).some((value) => value !== '');
  return (
    <Page
      title="Audit"
      about="Everything that changed state, newest first. Nobody can change or delete a line; secrets are redacted."
      actions={
        <Button
          size="xs"
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          loading={pages.isFetching && !pages.isPending}
          onClick={() => void pages.refetch()}
        >
          Look again
        </Button>
      }
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
