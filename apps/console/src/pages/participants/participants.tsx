import { Button } from '@mantine/core';
import type { AgentStatus } from '@signalbox/contracts';
import { IconSend } from '@tabler/icons-react';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { Page, Section } from '../../parts/page';
import { useMay } from '../../session/may';
import { HowToConnect } from './how-to-connect';
import { ParticipantTable } from './participant-table';
import { RecentEvents } from './recent-events';
import { SendEventModal } from './send-event';

const STATUS = '/stream-b-coordination/agents/status';
/** Heartbeats come every 10 s and are no messages of the room. */
const LOOK_EVERY_MS = 5_000;

/** People's automations and services that take part: who lives, who answers, and a way to tell them something. */
export default function Participants() {
  const status = useApi<{ items: AgentStatus[] }>(STATUS, { everyMs: LOOK_EVERY_MS });
  const [sending, setSending] = useState(false);
  const maySend = useMay('admin', 'manager');
  const mayListen = useMay('admin', 'manager');
  useRefreshOn(({ room }) => room === 'agents', [STATUS]);

  return (
    <Page
      title="Participants"
      about="Automations and services that take part: they send a heartbeat every 10 s, are lost after 30 s of silence, and answer events."
      actions={
        maySend ? (
          <Button leftSection={<IconSend size={16} aria-hidden />} onClick={() => setSending(true)}>
            Send an event
          </Button>
        ) : null
      }
    >
      <Answer query={status}>
        {({ items }) =>
          items.length === 0 ? (
            <HowToConnect />
          ) : (
            <Section title="Who takes part" titleHidden>
              <ParticipantTable participants={items} />
            </Section>
          )
        }
      </Answer>
      {mayListen && <RecentEvents />}
      {(status.data?.items.length ?? 0) > 0 && <HowToConnect folded />}
      {sending && (
        <SendEventModal participants={status.data?.items ?? []} onClose={() => setSending(false)} />
      )}
    </Page>
  );
}
