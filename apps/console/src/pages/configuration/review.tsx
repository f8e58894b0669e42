import { Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import type { ConfigDifference } from '@signalbox/catalog';
import type { ApiFailure } from '../../api/api';
import { Failed } from '../../parts/answer';
import { Differences } from '../../parts/differences';

interface ReviewProps {
  title: string;
  confirm: string;
  changes: readonly ConfigDifference[];
  saving: boolean;
  error: ApiFailure | null;
  /** Why; the caller keeps it, so that a refusal costs nobody what they wrote. */
  comment: string;
  setComment: (comment: string) => void;
  onConfirm: () => void;
  onClose: () => void;
}

/** What is about to change, with room to say why. */
export function Review(props: ReviewProps) {
  const { title, confirm, changes, saving, error, comment, setComment, onConfirm, onClose } = props;
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        {error !== null && <Failed error={error} />}
        <Differences changes={changes} />
        <Textarea
          label="Comment"
          description="Why: for the list of versions. May be left out."
          maxLength={500}
          autosize
          minRows={2}
          value={comment}
          onChange={({ currentTarget }) => setComment(currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button loading={saving} onClick={onConfirm} disabled={changes.length === 0}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
