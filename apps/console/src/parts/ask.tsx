import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useUncontrolled } from '@mantine/hooks';
import type { ReactNode, RefObject } from 'react';
import type { ApiFailure } from '../api/api';
import { Failed } from './answer';
import { useFocusBack } from './use-focus-back';

interface AskProps {
  /** The question: `Drain stripe-primary?` */
  title: string;
  /** What will happen when it is confirmed, whole. */
  children: ReactNode;
  /** On the button that does it: `Drain the node`. */
  confirm: string;
  /** On the one that does not. */
  leave?: string;
  danger?: boolean;
  disabled?: boolean;
  pending?: boolean;
  /** Shown in the dialog, which stays: a refusal costs nobody what they wrote. */
  error?: ApiFailure | null;
  size?: 'md' | 'lg';
  /** Where people say why; nobody has to. Null asks for nothing. */
  why?: { label?: string; description?: string } | null;
  /** What was written, where it outlives the dialog. */
  written?: string;
  onWrite?: (written: string) => void;
  /** `why` is null where nothing was written. */
  onConfirm: (why: string | null) => void;
  onClose: () => void;
  /** What has the focus afterwards, where that is not what had it before. */
  focusBack?: RefObject<HTMLElement | null>;
}

/** The most that the API takes. */
const LONGEST = 500;

/** Says what will be done and takes down why, before it is done. There only while it is open. */
export function Ask(props: AskProps) {
  const { title, children, confirm, leave = 'Leave it', size = 'md', error = null, why = {} } = props;
  const { danger = false, disabled = false, pending = false, onConfirm, onClose, focusBack } = props;
  const [written, write] = useUncontrolled({
    value: props.written,
    defaultValue: '',
    onChange: props.onWrite,
  });
  useFocusBack(focusBack);
  const said = written.trim();
  return (
    <Modal opened onClose={onClose} title={title} size={size}>
      <Stack>
        {error !== null && <Failed error={error} />}
        <div>{children}</div>
        {why !== null && (
          <Textarea
            label="Comment"
            description="Kept in the audit. May be left out."
            {...why}
            maxLength={LONGEST}
            autosize
            minRows={2}
            value={written}
            onChange={({ currentTarget }) => write(currentTarget.value)}
            data-autofocus
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} {...(why === null ? { 'data-autofocus': true } : {})}>
            {leave}
          </Button>
          <Button
            color={danger ? 'red' : 'teal'}
            loading={pending}
            disabled={disabled}
            onClick={() => onConfirm(said === '' ? null : said)}
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
