import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconUrgent } from '@tabler/icons-react';
import type { ServiceRouting } from '@signalbox/contracts';
import { OverrideForm } from './override-form';
import { useServiceFilter } from './use-service-filter';

/** The way past a budget in an emergency, for admins. */
export function OverrideButton({ services }: { services: readonly ServiceRouting[] }) {
  const [opened, { open, close }] = useDisclosure();
  const [chosen] = useServiceFilter();
  return (
    <>
      <Button variant="default" size="sm" leftSection={<IconUrgent size={16} aria-hidden />} onClick={open}>
        Emergency override…
      </Button>
      <Modal opened={opened} onClose={close} title="Emergency override" size="lg">
        <OverrideForm services={services} first={chosen} close={close} />
      </Modal>
    </>
  );
}
