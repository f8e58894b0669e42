import { Anchor, Badge, Group, Text } from '@mantine/core';
import type { ReceivedMessage } from '@signalbox/client/realtime';
import type { ServiceName } from '@signalbox/contracts';
import { Link } from 'react-router';
import { count, ms, time, words } from '../../parts/figures';
import { LiveList } from '../../parts/live-list';
import { serviceTitle } from '../../parts/services';

interface Told {
  seq: number;
  epoch: string;
  timestamp: string;
  serviceName?: ServiceName;
}

interface ToldEvent extends Told {
  eventType: 'webhook_received' | 'webhook_processed';
  webhookEventId: string;
  type: string;
  entity: string | null;
  critical: boolean;
  state?: 'processed' | 'ignored' | 'dead';
  attempts?: number;
  latencyMs?: number;
  meaning?: { kind: string } | null;
  reason?: string | null;
}

interface ToldAlert extends Told {
  eventType: 'security_alert';
  kind: string;
  reason: string;
  count: number;
  windowMs: number;
}

type Entry = ToldEvent | ToldAlert;

/** Webhooks as they are received and processed, and refusals that came again and again. */
export function LiveEvents() {
  return (
    <LiveList<Entry>
      title="Webhooks as they come"
      empty="No webhook has come since this page was opened."
      height={320}
      entryOf={entryOf}
      keyOf={({ epoch, seq }) => `${epoch} ${seq}`}
    >
      {(entry) =>
        entry.eventType === 'security_alert' ? <Alerted alert={entry} /> : <Event event={entry} />
      }
    </LiveList>
  );
}

function entryOf(message: ReceivedMessage): Entry | null {
  return message.room === 'webhook_events' ? (message as unknown as Entry) : null;
}

const COLORS = { processed: 'green', ignored: 'gray', dead: 'red' } as const;

function Event({ event }: { event: ToldEvent }) {
  const { timestamp, webhookEventId, type, entity, critical, state, attempts, latencyMs, meaning, reason } =
    event;
  return (
    <Group gap="sm">
      <At iso={timestamp} />
      <Badge variant="light" color={state === undefined ? 'blue' : COLORS[state]} miw={92}>
        {state ?? 'received'}
      </Badge>
      <Anchor component={Link} to={`/webhooks/${encodeURIComponent(webhookEventId)}`} size="sm" fw={600}>
        {event.serviceName === undefined ? '' : `${serviceTitle(event.serviceName)} `}
        {type}
      </Anchor>
      {critical && (
        <Badge size="sm" color="red" variant="outline">
          critical
        </Badge>
      )}
      <Text size="sm" c="dimmed" flex={1} miw={160}>
        {[
          entity,
          meaning === undefined || meaning === null ? null : words(meaning.kind).toLowerCase(),
          attempts === undefined || attempts <= 1 ? null : `${count(attempts)} attempts`,
          latencyMs === undefined ? null : ms(latencyMs),
          reason ?? null,
        ]
          .filter((part) => part !== null)
          .join(' · ')}
      </Text>
    </Group>
  );
}

function Alerted({ alert }: { alert: ToldAlert }) {
  return (
    <Group gap="sm">
      <At iso={alert.timestamp} />
      <Badge color="red" miw={92}>
        security
      </Badge>
      <Text size="sm" fw={600} flex={1} miw={160}>
        {alert.serviceName === undefined ? '' : `${serviceTitle(alert.serviceName)}: `}
        {alert.reason}
      </Text>
    </Group>
  );
}

function At({ iso }: { iso: string }) {
  return (
    <Text size="xs" c="dimmed" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {time(iso)}
    </Text>
  );
}
