import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { AcknowledgeAlert, AlertView } from '@signalbox/contracts';
import { IconEye } from '@tabler/icons-react';
import { useChange } from '../../api/use-change';
import { Ask } from '../../parts/ask';
import { DASHBOARD } from '../../live/dashboard';
import { ALERTS } from './use-alert-filter';

/** Says that somebody looks at it. */
export function Acknowledge({ alert: { alertId, message } }: { alert: AlertView }) {
  const [opened, { open, close }] = useDisclosure();
  const acknowledge = useChange<AcknowledgeAlert, AlertView>('POST', `${ALERTS}/${alertId}/acknowledge`, {
    done: 'Acknowledged: it escalates no more',
    refreshes: [ALERTS, DASHBOARD, '/admin/audit'],
    quiet: true,
  });
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
      {opened && (
        <Ask
          title="Acknowledge this alert?"
          confirm="Acknowledge"
          pending={acknowledge.isPending}
          error={acknowledge.error}
          onClose={close}
          onConfirm={(comment) =>
            acknowledge.mutate(comment === null ? {} : { comment }, { onSuccess: close })
          }
        >
          <Text fw={600}>{message}</Text>
          <Text size="sm" mt="xs">
            Others see that you look at it, and it escalates no more. It ends by itself when what it is about
            is over.
          </Text>
        </Ask>
      )}
    </>
  );
}
