import { Group, Stack, Text } from '@mantine/core';
import type { Recommendation, RecommendationChange } from '@signalbox/contracts';
import { useChange } from '../../api/use-change';
import { ConfirmButton } from '../../parts/confirm-button';
import { useMay } from '../../session/may';
import { ChangedFields } from './changed-fields';

const RECOMMENDATIONS = '/stream-b-coordination/optimization/recommendations';
type Verb = 'apply' | 'rollback' | 'dismiss';
const WHY = { description: 'Kept with the new version and in the audit. May be left out.' };

/** Apply, roll back, dismiss: each says what it will do first. Nothing for those who may not. */
export function RecommendationActions({ recommendation }: { recommendation: Recommendation }) {
  const { id, title, state, change } = recommendation;
  const may = useMay('admin', 'manager');
  const act = useChange<{ verb: Verb; comment: string | null }, Recommendation>(
    'POST',
    ({ verb }) => `${RECOMMENDATIONS}/${encodeURIComponent(id)}/${verb}`,
    {
      body: ({ comment }): RecommendationChange => (comment === null ? {} : { comment }),
      refreshes: [RECOMMENDATIONS, '/admin', '/external-services/cost-monitoring'],
      done: (_, { verb }) => `${DONE[verb]}: ${title}`,
    },
  );
  if (!may) return null;
  return (
    <Group gap="xs">
      {state === 'open' && change !== null && (
        <ConfirmButton
          title="Apply this recommendation?"
          label={`Apply: ${title}`}
          variant="filled"
          loading={act.isPending}
          confirm={`Change ${change.object}`}
          why={WHY}
          onConfirm={(comment) => act.mutate({ verb: 'apply', comment })}
          says={
            <Stack gap="sm">
              <ChangedFields change={change} />
              <Text size="sm">
                It becomes a new version of the configuration, live on every replica within a second. What it
                really saves is then measured, and it can be rolled back.
              </Text>
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
          why={WHY}
          onConfirm={(comment) => act.mutate({ verb: 'rollback', comment })}
          says={
            <Text size="sm">
              The fields that it changed are set to what they were before, as a new version. Other changes
              made since stay.
            </Text>
          }
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
          why={WHY}
          onConfirm={(comment) => act.mutate({ verb: 'dismiss', comment })}
          says={<Text size="sm">It is not recommended any more. Nothing is changed.</Text>}
        >
          Dismiss
        </ConfirmButton>
      )}
    </Group>
  );
}

const DONE: Record<Verb, string> = { apply: 'Applied', rollback: 'Rolled back', dismiss: 'Dismissed' };
