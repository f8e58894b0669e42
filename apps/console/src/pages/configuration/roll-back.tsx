import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import type { ConfigVersion, RollbackRequest } from '@signalbox/contracts';
import { useState } from 'react';
import { useChange } from '../../api/use-change';
import { Failed } from '../../parts/answer';
import { VersionDifferences } from './compare-versions';

interface RollBackProps {
  object: string;
  path: string;
  live: ConfigVersion;
  to: ConfigVersion;
  onClose: () => void;
}

/** Says what rolling back changes before it does. Refused when a newer version was saved meanwhile. */
export function RollBack({ object, path, live, to, onClose }: RollBackProps) {
  const [comment, setComment] = useState('');
  const rollBack = useChange<RollbackRequest>('POST', `/admin/versions/${to.id}/rollback`, {
    done: `${object} is as it was in version ${to.version}, live everywhere`,
    refreshes: [path, '/admin/', '/external-services/', '/stream-b-coordination/dashboard'],
    quiet: true,
  });
  const confirm = () => {
    const said = comment.trim();
    rollBack.mutate(
      { expectedVersion: live.version, ...(said === '' ? {} : { comment: said }) },
      { onSuccess: onClose },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Roll ${object} back to version ${to.version}?`}
      size="lg"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        {rollBack.error !== null && <Failed error={rollBack.error} />}
        <Text size="sm">
          Version {live.version + 1} is written with the body of version {to.version}, and is live on every
          replica at once. Against version {live.version} that changes:
        </Text>
        <VersionDifferences fromId={live.id} toId={to.id} />
        <Textarea
          label="Comment"
          maxLength={500}
          autosize
          value={comment}
          onChange={({ currentTarget }) => setComment(currentTarget.value)}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Leave it
          </Button>
          <Button color="red" loading={rollBack.isPending} onClick={confirm}>
            Roll back to version {to.version}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
