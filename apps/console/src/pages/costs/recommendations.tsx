import { SegmentedControl, Select, Stack } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { Recommendation, RecommendationState } from '@signalbox/contracts';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { useRefreshOn } from '../../live/live';
import { Answer } from '../../parts/answer';
import { Section } from '../../parts/page';
import { RecommendationCard } from './recommendation-card';
import { RunOptimizer } from './run-optimizer';
import { STATES } from './words';

const RECOMMENDATIONS = '/stream-b-coordination/optimization/recommendations';

const CHOICES = [
  ...Object.entries(STATES).map(([value, { title }]) => ({
    value: value as RecommendationState,
    label: title,
  })),
  { value: 'all' as const, label: 'All' },
];
type Choice = (typeof CHOICES)[number]['value'];

const NOTHING: Record<Choice, string> = {
  open: 'Nothing to recommend now. The optimizer looks again by itself; an admin or a manager may run it now.',
  applied: 'No recommendation is applied.',
  rolled_back: 'No recommendation was rolled back.',
  dismissed: 'No recommendation was dismissed.',
  all: 'The optimizer has found nothing yet.',
};

/** What would save money, dearest first; what was applied, beside what it really saved. */
export function Recommendations() {
  const [state, setState] = useState<Choice>('open');
  const narrow = useMediaQuery('(max-width: 48em)');
  const path = state === 'all' ? RECOMMENDATIONS : `${RECOMMENDATIONS}?state=${state}`;
  const recommendations = useApi<{ items: Recommendation[] }>(path, { everyMs: 60_000 });
  useRefreshOn(({ room }) => room === 'cost_monitoring', [RECOMMENDATIONS], 30_000);
  return (
    <Section
      title="Recommendations"
      about="From recorded traffic, replayed with another setting; ranked by what they save a day."
      actions={
        <>
          {narrow === true ? (
            <Select
              size="xs"
              w={130}
              aria-label="State"
              data={CHOICES}
              value={state}
              allowDeselect={false}
              onChange={(value) => setState(value as Choice)}
            />
          ) : (
            <SegmentedControl
              size="xs"
              aria-label="State"
              data={CHOICES}
              value={state}
              onChange={(value) => setState(value)}
            />
          )}
          <RunOptimizer />
        </>
      }
    >
      <Answer
        query={recommendations}
        empty={{ when: ({ items }) => items.length === 0, say: NOTHING[state] }}
      >
        {({ items }) => (
          <Stack component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
            {items.map((recommendation, index) => (
              <li key={recommendation.id}>
                <RecommendationCard recommendation={recommendation} rank={index + 1} />
              </li>
            ))}
          </Stack>
        )}
      </Answer>
    </Section>
  );
}
