import { Group, Stack, Text, Textarea } from '@mantine/core';
import type { Recommendation, RecommendationChange } from '@signalbox/contracts';
import { useState, type ReactNode } from 'react';
import { useChange } from '../../api/use-change';
import { ConfirmButton } from '../../parts/confirm-button';
import { useMay } from '../../session/may';
import { ChangedFields } from './changed-fields';

const RECOMMENDATIONS = '/stream-b-coordination/optimization/recommendations';
type Verb = 'apply' | 'rollback' | 'dismiss';

/** Apply, roll back, dismiss: each says what it will do first. Nothing for those who may not. */
export function RecommendationActions({ recommendation }: { recommendation: Recommendation }) {
  const { id, title, state, change } = recommendation;
  const may = useMay('admin', 'manager');
  const [comment, setComment] = useState('');
  const act = useChange<Verb, Recommendation>(
    'POST',
    (verb) => `${RECOMMENDATIONS}/${encodeURIComponent(id)}/${verb}`,
    {
      body: (): RecommendationChange => (comment.trim() === '' ? {} : { comment: comment.trim() }),
      refreshes: [RECOMMENDATIONS, '/admin', '/external-services/cost-monitoring'],
      done: (_, verb) => `${DONE[verb]}: ${title}`,
    },
  );
  if (!may) return null;
  const asked = (says: ReactNode) => (
    <Stack gap="sm">
      <Text size="sm">{says}</Text>
      <Textarea
        label="Comment"
        description="Kept with the new version and in the audit"
        autosize
        minRows={1}
        maxLength={500}
        value={comment}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
    </Stack>
  );
  return (
    <Group gap="xs">
      {state === 'open' && change !== null && (
        <ConfirmButton
          title="Apply this recommendation?"
          label={`Apply: ${title}`}
          variant="filled"
          loading={act.isPending}
          confirm={`Change ${change.object}`}
          onConfirm={() => act.mutate('apply')}
          says={
            <Stack gap="sm">
              <ChangedFields change={change} />
              {asked(
                'It becomes a new version of the configuration, live on every replica within a second. What it really saves is then measured, and it can be rolled back.',
              )}
            </Stack>
          }
        >
          Apply
        </ConfirmButton>
      )}
      {state === 'applied' && change !== null && (
        <ConfirmButton
          title="Roll this back?"
          label={`Roll back: ${title}`}
          danger
          loading={act.isPending}
          confirm={`Set ${change.object} back`}
          onConfirm={() => act.mutate('rollback')}
          says={asked(
            'The fields that it changed are set to what they were before, as a new version. Other changes made since stay.',
          )}
        >
          Roll back
        </ConfirmButton>
      )}
      {state === 'open' && (
        <ConfirmButton
          title="Dismiss this recommendation?"
          label={`Dismiss: ${title}`}
          loading={act.isPending}
          confirm="Dismiss it"
          onConfirm={() => act.mutate('dismiss')}
          says={asked('It is not recommended any more. Nothing is changed.')}
        >
          Dismiss
        </ConfirmButton>
      )}
    </Group>
  );
}

const DONE: Record<Verb, string> = { apply: 'Applied', rollback: 'Rolled back', dismiss: 'Dismissed' };
