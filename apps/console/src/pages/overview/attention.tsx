import { Anchor, Card, Group, Stack, Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import type { AlertView, FrontendCoordination } from '@signalbox/contracts';
import { Link } from 'react-router';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { StatusBadge } from '../../parts/status-badge';
import { Time } from '../../parts/time';
import { useSteady } from '../../parts/use-steady';
import { pages } from '../pages';
import { mostSevereFirst } from './standing';

/** More would push the services from the screen: the page of alerts has them all. */
const SHOWN = 5;

const ALERTS = '/alerts';

/** What asks for a person, the worst first, with what to do next. */
export function Attention({ alerts }: { alerts: FrontendCoordination['alerts'] }) {
  const standing = mostSevereFirst(alerts.items);
  const { rows, hold } = useSteady(standing, ({ alertId }) => alertId);
  const total = alerts.warning + alerts.critical + alerts.emergency;
  const hasPage = pages.some(({ path }) => path === ALERTS);
  return (
    <Section
      title="Needs attention"
      actions={
        hasPage && (
          <Anchor component={Link} to={ALERTS} size="sm">
            {total > SHOWN ? `All ${total} alerts` : 'All alerts'}
          </Anchor>
        )
      }
    >
      <Card withBorder padding={0} aria-live="polite" {...hold}>
        {alerts.stale && (
          <Text p="sm" size="sm" c="dimmed">
            Alerts cannot be read now: this list may be incomplete.
          </Text>
        )}
        {!alerts.stale && rows.length === 0 && (
          <Group p="sm" gap="xs">
            <IconCircleCheck size={18} color="var(--mantine-color-green-text)" aria-hidden />
            <Text size="sm">Nothing needs attention: no alert is standing.</Text>
          </Group>
        )}
        <Stack gap={0} component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
          {rows.slice(0, SHOWN).map((alert) => (
            <AlertLine key={alert.alertId} alert={alert} />
          ))}
        </Stack>
      </Card>
    </Section>
  );
}

function AlertLine({ alert }: { alert: AlertView }) {
  const { severity, state, serviceName, nodeId, message, advice, raisedAt, acknowledgedBy } = alert;
  return (
    <Group
      component="li"
      wrap="nowrap"
      align="flex-start"
      gap="sm"
      px="sm"
      py={10}
      style={{ borderBlockEnd: '1px solid var(--mantine-color-default-border)' }}
    >
      <StatusBadge status={severity} />
      <div style={{ flexGrow: 1, minWidth: 0 }}>
        <Text size="sm" fw={500}>
          {serviceName === null ? '' : `${serviceTitle(serviceName)}: `}
          {message}
        </Text>
        <Text size="xs" c="dimmed">
          {[nodeId, advice].filter((part) => part !== null && part !== '').join(' · ')}
          {state === 'acknowledged' && ` · acknowledged by ${acknowledgedBy ?? 'somebody'}`}
        </Text>
      </div>
      <Text size="xs" c="dimmed" component="span">
        <Time iso={raisedAt} />
      </Text>
    </Group>
  );
}
