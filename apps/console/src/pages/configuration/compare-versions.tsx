import { Group, Modal, Select, Stack } from '@mantine/core';
import type { ConfigDifference } from '@signalbox/catalog';
import type { ConfigVersion } from '@signalbox/contracts';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { Answer } from '../../parts/answer';
import { Differences } from '../../parts/differences';
import { useFocusBack } from '../../parts/use-focus-back';

interface CompareVersionsProps {
  object: string;
  /** Newest first. */
  versions: readonly ConfigVersion[];
  to: ConfigVersion;
  onClose: () => void;
}

/** What one version changed against another; at first against the one before it. */
export function CompareVersions({ object, versions, to, onClose }: CompareVersionsProps) {
  const before = versions.find(({ version }) => version < to.version) ?? to;
  useFocusBack();
  const [fromId, setFromId] = useState(before.id);
  const [toId, setToId] = useState(to.id);
  const choices = versions.map(({ id, version, comment }) => ({
    value: id,
    label: comment === null ? `Version ${version}` : `Version ${version}: ${comment}`,
  }));
  return (
    <Modal opened onClose={onClose} title={`Versions of ${object}`} size="lg">
      <Stack>
        <Group grow preventGrowOverflow={false}>
          <Select
            label="From"
            data={choices}
            value={fromId}
            allowDeselect={false}
            onChange={(id) => setFromId(id ?? fromId)}
          />
          <Select
            label="To"
            data={choices}
            value={toId}
            allowDeselect={false}
            onChange={(id) => setToId(id ?? toId)}
          />
        </Group>
        <VersionDifferences key={`${fromId} ${toId}`} fromId={fromId} toId={toId} />
      </Stack>
    </Modal>
  );
}

export function VersionDifferences({ fromId, toId }: { fromId: string; toId: string }) {
  const query = useApi<{ changes: ConfigDifference[] }>(`/admin/versions/${fromId}/diff/${toId}`);
  return (
    <Answer query={query}>
      {({ changes }) => <Differences changes={changes} none="These two are the same." />}
    </Answer>
  );
}
