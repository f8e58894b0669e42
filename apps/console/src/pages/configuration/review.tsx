import type { ConfigDifference } from '@signalbox/catalog';
import type { ApiFailure } from '../../api/api';
import { Ask } from '../../parts/ask';
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
    <Ask
      title={title}
      confirm={confirm}
      leave="Back"
      size="lg"
      disabled={changes.length === 0}
      pending={saving}
      error={error}
      why={{ description: 'Why: for the list of versions. May be left out.' }}
      written={comment}
      onWrite={setComment}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <Differences changes={changes} />
    </Ask>
  );
}
