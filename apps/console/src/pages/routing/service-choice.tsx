import { Chip, Group } from '@mantine/core';
import type { ServiceName, ServiceRouting } from '@signalbox/contracts';
import { serviceTitle } from '../../parts/services';

interface ServiceChoiceProps {
  services: readonly ServiceRouting[];
  chosen: ServiceName | null;
  choose: (serviceName: ServiceName | null) => void;
}

const ALL = 'all';

/** One service or all of them, for the nodes and the decisions alike. */
export function ServiceChoice({ services, chosen, choose }: ServiceChoiceProps) {
  return (
    <Chip.Group value={chosen ?? ALL} onChange={(value) => choose(value === ALL ? null : value)}>
      <Group gap={6} role="radiogroup" aria-label="Service">
        <Chip value={ALL} size="xs">
          All services
        </Chip>
        {services.map(({ serviceName, status }) => (
          <Chip key={serviceName} value={serviceName} size="xs" color={status === 'healthy' ? 'teal' : 'red'}>
            {serviceTitle(serviceName)}
            {status === 'healthy' ? '' : ` · ${status}`}
          </Chip>
        ))}
      </Group>
    </Chip.Group>
  );
}
