import { Select, SimpleGrid } from '@mantine/core';
import { ALERT_KINDS, ALERT_SEVERITIES, ALERT_STATES, SERVICE_NAMES } from '@signalbox/contracts';
import { words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { useClaims } from '../../session/session';
import type { AlertFilter } from './use-alert-filter';

interface AlertFiltersProps {
  filter: AlertFilter;
  change: (name: keyof AlertFilter, value: string | null) => void;
}

export function AlertFilters({ filter, change }: AlertFiltersProps) {
  const services = useClaims().services ?? SERVICE_NAMES;
  const choices = [
    {
      name: 'serviceName',
      label: 'Service',
      data: services.map((value) => ({ value, label: serviceTitle(value) })),
    },
    { name: 'kind', label: 'Kind', data: ALERT_KINDS.map(choice) },
    { name: 'severity', label: 'Severity', data: ALERT_SEVERITIES.map(choice) },
    { name: 'state', label: 'State', data: ALERT_STATES.map(choice) },
  ] as const;
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm" maw={900} role="search" aria-label="Narrow the alerts">
      {choices.map(({ name, label, data }) => (
        <Select
          key={name}
          label={label}
          placeholder="Any"
          data={[...data]}
          value={filter[name]}
          onChange={(value) => change(name, value)}
          clearable
          clearButtonProps={{ 'aria-label': `Any ${label.toLowerCase()}` }}
        />
      ))}
    </SimpleGrid>
  );
}

function choice(value: string) {
  return { value, label: words(value) };
}
