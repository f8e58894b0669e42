import { Button, Group, Modal, Stack, type ButtonProps } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';

interface ConfirmButtonProps extends ButtonProps {
  /** On the button that opens the question. */
  children: ReactNode;
  /** The question: `Drain stripe-primary?` */
  title: string;
  /** What will happen when it is confirmed, whole. */
  says: ReactNode;
  /** On the button that does it: `Drain the node`. */
  confirm: string;
  danger?: boolean;
  onConfirm: () => void;
  /** The accessible name, where the words on the button do not say what it is about. */
  label?: string;
}

/** A button that says what it will do before it does. */
export function ConfirmButton({
  children,
  title,
  says,
  confirm,
  danger = false,
  onConfirm,
  label,
  ...button
}: ConfirmButtonProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <Button
        size="xs"
        variant="default"
        {...button}
        onClick={open}
        {...(label === undefined ? {} : { 'aria-label': label })}
      >
        {children}
      </Button>
      <Modal opened={opened} onClose={close} title={title}>
        <Stack>
          <div>{says}</div>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close} data-autofocus>
              Leave it
            </Button>
            <Button
              color={danger ? 'red' : 'teal'}
              onClick={() => {
                close();
                onConfirm();
              }}
            >
              {confirm}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
