import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { diffConfig, rebaseConfig } from '@signalbox/catalog';
import { IconGitMerge } from '@tabler/icons-react';
import { Differences } from '../../parts/differences';
import type { Draft } from './drafts';
import type { Live } from './kinds';

interface MovedOnProps {
  live: Live;
  draft: Draft;
  setDraft: (draft: Draft | null) => void;
}

/** Somebody else saved a version since the draft was begun: what they changed, and how to go on from it. */
export function MovedOn({ live, draft: { base, body }, setDraft }: MovedOnProps) {
  const { config, conflicts } = rebaseConfig(base.body, body, live.body);
  return (
    <Alert
      color="yellow"
      role="alert"
      icon={<IconGitMerge aria-hidden />}
      title={`${live.updatedBy} has saved version ${live.version} meanwhile`}
    >
      <Stack gap="sm">
        <Text size="sm">You began from version {base.version}. Since then:</Text>
        <Differences changes={diffConfig(base.body, live.body)} label="What the other changed" />
        {conflicts.length > 0 && (
          <Text size="sm">
            Both of you changed <b>{conflicts.join(', ')}</b>: carried over, yours replaces theirs.
          </Text>
        )}
        <Group gap="xs">
          <Button size="xs" onClick={() => setDraft({ base: live, body: config })}>
            Carry my changes over to version {live.version}
          </Button>
          <Button size="xs" variant="default" onClick={() => setDraft({ base: live, body: live.body })}>
            Drop mine and take theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
