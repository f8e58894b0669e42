import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { AcknowledgeAlert, AlertView } from '@signalbox/contracts';
import { IconEye } from '@tabler/icons-react';
import { useState } from 'react';
import { useChange } from '../../api/use-change';
import { Failed } from '../../parts/answer';
import { DASHBOARD } from '../../live/dashboard';
import { ALERTS } from './use-alert-filter';

/** Says that somebody looks at it. */
export function Acknowledge({ alert: { alertId, message } }: { alert: AlertView }) {
  const [opened, { open, close }] = useDisclosure();
  const [comment, setComment] = useState('');
  const acknowledge = useChange<AcknowledgeAlert, AlertView>('POST', `${ALERTS}/${alertId}/acknowledge`, {
    done: 'Acknowledged: it escalates no more',
    refreshes: [ALERTS, DASHBOARD, '/admin/audit'],
    quiet: true,
  });
  const confirm = () => {
    const said = comment.trim();
    acknowledge.mutate(said === '' ? {} : { comment: said }, { onSuccess: close });
  };
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconEye size={14} aria-hidden />}
        aria-label={`Acknowledge: ${message}`}
        onClick={open}
      >
        Acknowledge
      </Button>
      <Modal
        opened={opened}
        onClose={close}
        title="Acknowledge this alert?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          {acknowledge.error !== null && <Failed error={acknowledge.error} />}
          <Text fw={600}>{message}</Text>
          <Text size="sm">
            Others see that you look at it, and it escalates no more. It ends by itself when what it is about
            is over.
          </Text>
          <Textarea
            label="Comment"
            description="Kept in the audit. May be left out."
            maxLength={500}
            autosize
            minRows={2}
            value={comment}
            onChange={({ currentTarget }) => setComment(currentTarget.value)}
            data-autofocus
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              Leave it
            </Button>
            <Button loading={acknowledge.isPending} onClick={confirm}>
              Acknowledge
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
