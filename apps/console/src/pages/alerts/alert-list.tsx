import { Badge, Button, Card, Center, Group, Text } from '@mantine/core';
import type { AlertState, AlertView } from '@signalbox/contracts';
import { IconCircleCheck } from '@tabler/icons-react';
import { usePages } from '../../api/use-pages';
import { Answer } from '../../parts/answer';
import { Section } from '../../parts/page';
import { useSteady } from '../../parts/use-steady';
import { AlertCard } from './alert-card';

interface AlertListProps {
  state: AlertState;
  path: string;
  title: string;
  about: string;
  none: string;
  /** By more than the state. */
  narrowed: boolean;
}

const RANK = { emergency: 0, critical: 1, warning: 2 } as const;

/** Alerts in one state: those that stand with the worst first, those that are over with the newest first. */
export function AlertList({ state, path, title, about, none, narrowed }: AlertListProps) {
  const pages = usePages<AlertView>(path);
  const count = pages.data?.length ?? 0;
  return (
    <Section
      title={title}
      about={about}
      actions={
        count > 0 && state !== 'resolved' ? (
          <Badge color={state === 'open' ? 'red' : 'gray'} variant="light" size="lg">
            {pages.hasMore || pages.cutShort ? `more than ${count}` : count}
          </Badge>
        ) : null
      }
    >
      <Answer query={pages}>
        {(alerts) =>
          alerts.length === 0 ? (
            <Group gap="xs">
              <IconCircleCheck size={18} color="var(--mantine-color-green-text)" aria-hidden />
              <Text size="sm">{narrowed ? 'None fits the filter.' : none}</Text>
            </Group>
          ) : (
            <Rows alerts={state === 'resolved' ? alerts : worstFirst(alerts)} label={`${title} alerts`} />
          )
        }
      </Answer>
      {(pages.hasMore || pages.cutShort) && (
        <Center>
          {pages.hasMore ? (
            <Button variant="default" size="xs" onClick={pages.more} loading={pages.loadingMore}>
              Show more
            </Button>
          ) : (
            <Text size="sm" c="dimmed">
              There are older ones: narrow the list to see them.
            </Text>
          )}
        </Center>
      )}
    </Section>
  );
}

function Rows({ alerts, label }: { alerts: readonly AlertView[]; label: string }) {
  const { rows, hold } = useSteady(alerts, ({ alertId }) => alertId);
  return (
    <Card withBorder padding={0} {...hold}>
      <ul aria-label={label} aria-live="polite" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {rows.map((alert) => (
          <AlertCard key={alert.alertId} alert={alert} />
        ))}
      </ul>
    </Card>
  );
}

function worstFirst(alerts: readonly AlertView[]): AlertView[] {
  return [...alerts].sort(
    (a, b) => RANK[a.severity] - RANK[b.severity] || b.raisedAt.localeCompare(a.raisedAt),
  );
}
