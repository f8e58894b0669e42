import { Button, type ButtonProps } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Ask } from './ask';

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
  /** Where people say why, which `onConfirm` is given; nothing is asked when absent. */
  why?: { label?: string; description?: string };
  onConfirm: (why: string | null) => void;
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
  why,
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
      {opened && (
        <Ask
          title={title}
          confirm={confirm}
          danger={danger}
          why={why ?? null}
          onClose={close}
          onConfirm={(said) => {
            close();
            onConfirm(said);
          }}
        >
          {says}
        </Ask>
      )}
    </>
  );
}
