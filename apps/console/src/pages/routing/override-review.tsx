import { Alert, Button, Group, List, Stack } from '@mantine/core';
import { IconUrgent } from '@tabler/icons-react';
import type { OverrideRequest } from '@signalbox/contracts';
import { dollars } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { useNow } from '../../parts/time';
import { useClaims } from '../../session/session';

interface OverrideReviewProps {
  asked: OverrideRequest;
  /** Of the service, by their provider's names. */
  emergencyNodes: readonly string[];
  sending: boolean;
  back: () => void;
  confirm: () => void;
}

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

/** What the override will do, in full, before it does. */
export function OverrideReview({ asked, emergencyNodes, sending, back, confirm }: OverrideReviewProps) {
  const { serviceName, maxBudgetOverride, durationMinutes, emergencyReason, businessJustification } = asked;
  const { subject } = useClaims();
  const now = useNow(5_000);
  const title = serviceTitle(serviceName);
  return (
    <Stack>
      <Alert
        color="red"
        icon={<IconUrgent aria-hidden />}
        title={`${title} may spend up to ${dollars(maxBudgetOverride)} past its budget`}
      >
        For {durationMinutes} {durationMinutes === 1 ? 'minute' : 'minutes'}, until about{' '}
        {clock.format(now + durationMinutes * 60_000)}.
      </Alert>
      <List size="sm" spacing={6}>
        <List.Item>
          Begins at once, on every replica.
          {emergencyNodes.length > 0 && ` Then ${emergencyNodes.join(', ')} may take calls too.`}
        </List.Item>
        <List.Item>
          Ends when the time is over, when the amount is spent, or when an admin ends it. It survives
          restarts.
        </List.Item>
        <List.Item>Everybody who watches is told, and the audit keeps it under {subject}.</List.Item>
        <List.Item>
          Reason: <q>{emergencyReason}</q>
        </List.Item>
        <List.Item>
          Justification: <q>{businessJustification}</q>
        </List.Item>
      </List>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={back} data-autofocus>
          Back
        </Button>
        <Button color="red" loading={sending} onClick={confirm}>
          Activate the override
        </Button>
      </Group>
    </Stack>
  );
}
