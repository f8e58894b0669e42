import { Alert, Button, Group, NumberInput, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { OverrideAnswer, OverrideRequest, ServiceName, ServiceRouting } from '@signalbox/contracts';
import { useState } from 'react';
import { fieldErrors } from '../../api/api';
import { useChange } from '../../api/use-change';
import { DASHBOARD } from '../../live/dashboard';
import { dollars, time } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { OverrideReview } from './override-review';

/** As the server checks them; its cap on the amount is its own, and named when it is passed. */
const MAX_MINUTES = 240;
const LEAST_JUSTIFICATION = 20;

interface OverrideFormProps {
  services: readonly ServiceRouting[];
  first: ServiceName | null;
  close: () => void;
}

interface Filled {
  serviceName: ServiceName | '';
  maxBudgetOverride: number | '';
  durationMinutes: number | '';
  emergencyReason: string;
  businessJustification: string;
}

/** Two steps: what is asked for, then what that will do. Nothing is filled in that costs money. */
export function OverrideForm({ services, first, close }: OverrideFormProps) {
  const [reviewing, setReviewing] = useState(false);
  const form = useForm<Filled>({
    initialValues: {
      serviceName: first ?? '',
      maxBudgetOverride: '',
      durationMinutes: '',
      emergencyReason: '',
      businessJustification: '',
    },
    validate: problems,
  });
  const activate = useChange<OverrideRequest, OverrideAnswer>(
    'POST',
    '/enhanced-traffic-coordination/emergency-override',
    {
      quiet: true,
      refreshes: [DASHBOARD],
      done: ({ emergencyStatus: { maxBudgetOverride, expiresAt, selectedProvider } }) =>
        `Up to ${dollars(maxBudgetOverride)} until ${time(expiresAt)}; calls go to ${selectedProvider}`,
    },
  );
  const asked = form.values as OverrideRequest;
  const confirm = () =>
    activate.mutate(trimmed(asked), {
      onSuccess: close,
      onError: (error) => {
        form.setErrors(fieldErrors(error));
        setReviewing(false);
      },
    });
  if (reviewing) {
    return (
      <OverrideReview
        asked={trimmed(asked)}
        emergencyNodes={emergencyNodesOf(services, asked.serviceName)}
        sending={activate.isPending}
        back={() => setReviewing(false)}
        confirm={confirm}
      />
    );
  }
  return (
    <form onSubmit={form.onSubmit(() => setReviewing(true))} noValidate>
      <Stack gap="sm">
        {activate.error !== null && (
          <Alert color="red" role="alert" title="The override was not activated">
            {Object.keys(fieldErrors(activate.error)).length > 0
              ? 'The server does not take what is marked below.'
              : activate.error.message}
          </Alert>
        )}
        <Select
          label="Service"
          placeholder="Choose one"
          data={services.map(({ serviceName, override }) => ({
            value: serviceName,
            label: `${serviceTitle(serviceName)}${override === null ? '' : ' (one runs already)'}`,
            disabled: override !== null,
          }))}
          required
          withAsterisk
          allowDeselect={false}
          {...form.getInputProps('serviceName')}
        />
        <Group grow align="flex-start">
          <NumberInput
            label="Amount past the budget"
            description="At most this, then it ends"
            prefix="$"
            thousandSeparator=","
            decimalScale={2}
            min={0}
            allowNegative={false}
            hideControls
            required
            withAsterisk
            {...form.getInputProps('maxBudgetOverride')}
          />
          <NumberInput
            label="Minutes"
            description={`1 to ${MAX_MINUTES}, then it ends`}
            min={1}
            max={MAX_MINUTES}
            allowDecimal={false}
            allowNegative={false}
            clampBehavior="none"
            hideControls
            required
            withAsterisk
            {...form.getInputProps('durationMinutes')}
          />
        </Group>
        <TextInput
          label="Reason"
          description="What happened"
          maxLength={500}
          required
          withAsterisk
          {...form.getInputProps('emergencyReason')}
        />
        <Textarea
          label="Justification"
          description={`Why it is worth the money, at least ${LEAST_JUSTIFICATION} characters`}
          maxLength={2_000}
          autosize
          minRows={3}
          required
          withAsterisk
          {...form.getInputProps('businessJustification')}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button type="submit">See what it will do</Button>
        </Group>
      </Stack>
    </form>
  );
}

function emergencyNodesOf(services: readonly ServiceRouting[], serviceName: ServiceName): string[] {
  const nodes = services.find((service) => service.serviceName === serviceName)?.nodes ?? [];
  return nodes.filter(({ role }) => role === 'emergency').map(({ providerName }) => providerName);
}

function problems(filled: Filled): Record<string, string> {
  const { serviceName, maxBudgetOverride, durationMinutes, emergencyReason, businessJustification } = filled;
  const found: Record<string, string> = {};
  if (serviceName === '') found.serviceName = 'Choose the service';
  if (maxBudgetOverride === '' || maxBudgetOverride <= 0) found.maxBudgetOverride = 'Must be more than $0';
  if (durationMinutes === '' || durationMinutes < 1 || durationMinutes > MAX_MINUTES)
    found.durationMinutes = `Must be 1 to ${MAX_MINUTES} minutes`;
  if (emergencyReason.trim() === '') found.emergencyReason = 'Say what happened';
  const missing = LEAST_JUSTIFICATION - businessJustification.trim().length;
  if (missing > 0) found.businessJustification = `${missing} more characters`;
  return found;
}

function trimmed(asked: OverrideRequest): OverrideRequest {
  return {
    ...asked,
    emergencyReason: asked.emergencyReason.trim(),
    businessJustification: asked.businessJustification.trim(),
  };
}
