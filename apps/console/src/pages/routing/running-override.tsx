import { Alert, Group } from '@mantine/core';
import { IconUrgent } from '@tabler/icons-react';
import type { ServiceName, ServiceRouting } from '@signalbox/contracts';
import { useChange } from '../../api/use-change';
import { DASHBOARD } from '../../live/dashboard';
import { ConfirmButton } from '../../parts/confirm-button';
import { dollars } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { Countdown } from '../../parts/time';
import { useMayChange } from '../../session/may';

interface RunningOverrideProps {
  serviceName: ServiceName;
  override: NonNullable<ServiceRouting['override']>;
}

/** That a service spends past its budget now, how much of that is left, and the way to end it. */
export function RunningOverride({ serviceName, override }: RunningOverrideProps) {
  const { coordinationId, remainingUsd, expiresAt } = override;
  const mayChange = useMayChange();
  const title = serviceTitle(serviceName);
  const end = useChange<string, { spentUsd: number }>(
    'DELETE',
    (id) => `/enhanced-traffic-coordination/emergency-override/${encodeURIComponent(id)}`,
    {
      body: () => null,
      done: ({ spentUsd }) => `The emergency override of ${title} is over: it spent ${dollars(spentUsd)}`,
      refreshes: [DASHBOARD],
    },
  );
  return (
    <Alert
      color="grape"
      mx="md"
      mt="xs"
      py="xs"
      icon={<IconUrgent aria-hidden />}
      title={`Emergency override of ${title}`}
    >
      <Group justify="space-between" gap="xs">
        <span>
          {dollars(remainingUsd)} left to spend past the budget; ends by itself in{' '}
          <Countdown until={expiresAt} />.
        </span>
        {mayChange && (
          <ConfirmButton
            title={`End the emergency override of ${title}?`}
            says={`The budget holds again at once, and emergency nodes take no more calls of ${title}. What was not spent cannot be spent any more.`}
            confirm="End the override"
            danger
            loading={end.isPending}
            label={`End the override of ${title}`}
            onConfirm={() => end.mutate(coordinationId)}
          >
            End the override
          </ConfirmButton>
        )}
      </Group>
    </Alert>
  );
}
