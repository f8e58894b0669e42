import { Box, Flex, Group, Stack, Text } from '@mantine/core';
import { ALERT_SEVERITIES, type AlertView } from '@signalbox/contracts';
import { words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { StatusBadge } from '../../parts/status-badge';
import { Countdown, Time } from '../../parts/time';
import { useMay } from '../../session/may';
import { Acknowledge } from './acknowledge';
import { WhereToLook } from './where-to-look';

/** What happened, what to do, and who looks at it. */
export function AlertCard({ alert }: { alert: AlertView }) {
  const { alertId, severity, serviceName, nodeId, kind, message, advice, raisedAt, state } = alert;
  const mayAcknowledge = useMay('admin', 'manager');
  return (
    <Box
      component="li"
      px="md"
      py="sm"
      aria-label={message}
      style={{
        borderBlockEnd: '1px solid var(--mantine-color-default-border)',
        borderInlineStart: `4px solid var(--mantine-color-${state === 'resolved' ? 'default-border' : BAR[severity]})`,
      }}
      id={`alert-${alertId}`}
    >
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} style={{ flex: '1 1 260px', minWidth: 0 }}>
          <Group gap={6}>
            <StatusBadge status={state === 'resolved' ? 'resolved' : severity}>
              {state === 'resolved' ? `was ${severity}` : severity}
            </StatusBadge>
            <Text size="xs" c="dimmed">
              {[words(kind), serviceName === null ? null : serviceTitle(serviceName), nodeId]
                .filter((part) => part !== null)
                .join(' · ')}
            </Text>
          </Group>
          <Text fw={state === 'resolved' ? 400 : 600}>{message}</Text>
          {state !== 'resolved' && <Text size="sm">{advice}</Text>}
          <Story alert={alert} />
        </Stack>
        <Flex
          direction={{ base: 'row', sm: 'column' }}
          align={{ base: 'center', sm: 'flex-end' }}
          gap={{ base: 'sm', sm: 6 }}
        >
          <Text size="sm" c="dimmed" component="span">
            <Time iso={raisedAt} />
          </Text>
          {state === 'open' && mayAcknowledge && <Acknowledge alert={alert} />}
          {state !== 'resolved' && <WhereToLook alert={alert} />}
        </Flex>
      </Group>
    </Box>
  );
}

const BAR = { warning: 'yellow-filled', critical: 'orange-filled', emergency: 'red-filled' } as const;

/** How it went on since it was raised, and how it will. */
function Story({ alert }: { alert: AlertView }) {
  const { state, severity, escalations, escalatesAt, acknowledgedBy, acknowledgedAt, resolvedAt } = alert;
  const next = ALERT_SEVERITIES[ALERT_SEVERITIES.indexOf(severity) + 1];
  return (
    <Group gap="xs" fz="xs" c="dimmed">
      {escalations > 0 && <span>Escalated {escalations === 1 ? 'once' : `${escalations} times`}</span>}
      {state === 'open' && escalatesAt !== null && (
        <Text span fz="xs" fw={600} c="var(--mantine-color-text)">
          {next === undefined ? 'Escalates' : `Becomes ${next}`} in <Countdown until={escalatesAt} />
        </Text>
      )}
      {state === 'open' && escalatesAt === null && (
        <span>{next === undefined ? 'As severe as it gets' : 'Does not escalate'}</span>
      )}
      {acknowledgedBy !== null && (
        <span>
          Acknowledged by {acknowledgedBy} <Time iso={acknowledgedAt} />
        </span>
      )}
      {resolvedAt !== null && (
        <span>
          Ended <Time iso={resolvedAt} />
        </span>
      )}
    </Group>
  );
}
