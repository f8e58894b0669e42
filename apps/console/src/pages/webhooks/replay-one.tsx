import { Text } from '@mantine/core';
import type { ReplayOne as ReplayOneBody, WebhookEventDetail } from '@signalbox/contracts';
import { useChange } from '../../api/use-change';
import { ConfirmButton } from '../../parts/confirm-button';
import { useMay } from '../../session/may';

const EVENTS = '/external-services/webhook-events';
const DONE_WITH = new Set(['processed', 'ignored', 'dead']);

/** Processes an event again; nothing while it is on its way, nor for those who may not. */
export function ReplayOne({ event }: { event: WebhookEventDetail }) {
  const { webhookEventId, state } = event;
  const may = useMay('admin', 'manager');
  const replay = useChange<string | null, WebhookEventDetail>(
    'POST',
    `${EVENTS}/${encodeURIComponent(webhookEventId)}/replay`,
    {
      body: (reason): ReplayOneBody => (reason === null ? {} : { reason }),
      refreshes: [EVENTS, '/stream-b-coordination/webhooks'],
      done: 'It is processed again',
    },
  );
  if (!may) return null;
  return (
    <ConfirmButton
      title="Replay this event?"
      variant="filled"
      confirm="Replay it"
      loading={replay.isPending}
      disabled={!DONE_WITH.has(state)}
      onConfirm={(reason) => replay.mutate(reason)}
      why={{ label: 'Reason' }}
      says={
        <Text size="sm">
          Its handler gets it again, from the first attempt on, as run two or later. Its signature and its age
          are not judged again.
        </Text>
      }
    >
      Replay
    </ConfirmButton>
  );
}
