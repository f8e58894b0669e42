import { Anchor, Card, Group, Text, VisuallyHidden } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import type { AlertView, FrontendCoordination } from '@signalbox/contracts';
import { Link } from 'react-router';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { StatusBadge } from '../../parts/status-badge';
import { Time } from '../../parts/time';
import { useSteady } from '../../parts/use-steady';
import classes from './attention.module.css';
import { mostSevereFirst } from './standing';

/** More would push the services from the screen: the page of alerts has them all. */
const SHOWN = 5;

/** What asks for a person, the worst first; what to do next is on their own page. */
export function Attention({ alerts }: { alerts: FrontendCoordination['alerts'] }) {
  const standing = mostSevereFirst(alerts.items);
  const { rows, hold } = useSteady(standing, ({ alertId }) => alertId);
  const total = alerts.warning + alerts.critical + alerts.emergency;
  return (
    <Section
      title="Needs attention"
      actions={
        <Anchor component={Link} to="/alerts" size="sm">
          {total > SHOWN ? `All ${total} alerts` : 'All alerts'}
        </Anchor>
      }
    >
      <VisuallyHidden role="status">
        {total === 1 ? '1 alert stands' : `${total} alerts stand`}
      </VisuallyHidden>
      <Card withBorder padding={0} {...hold}>
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
        <ul className={classes.list}>
          {rows.slice(0, SHOWN).map((alert) => (
            <AlertLine key={alert.alertId} alert={alert} />
          ))}
        </ul>
      </Card>
    </Section>
  );
}

function AlertLine({ alert }: { alert: AlertView }) {
  const { severity, state, message, advice, raisedAt, acknowledgedBy } = alert;
  return (
    <li className={classes.line}>
      <StatusBadge status={severity} />
      <Text size="sm" className={classes.message} title={`${message}\n${advice}`}>
        {subjectOf(alert)}
        {message}
      </Text>
      <Text size="xs" c="dimmed" component="span" className={classes.when}>
        {state === 'acknowledged' && `${acknowledgedBy ?? 'somebody'} looks at it · `}
        <Time iso={raisedAt} />
      </Text>
    </li>
  );
}

/** Named where the message does not name it. */
function subjectOf({ serviceName, message }: AlertView): string {
  if (serviceName === null || message.toLowerCase().includes(serviceName)) return '';
  return `${serviceTitle(serviceName)}: `;
}
