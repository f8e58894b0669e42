import { Box, Group, Progress, SimpleGrid, Text } from '@mantine/core';
import type { RealisedSaving, Recommendation } from '@signalbox/contracts';
import { Figure } from '../../parts/amounts';
import { count, dollars } from '../../parts/figures';
import { Time } from '../../parts/time';
import { IntervalBar } from './interval-bar';
import { goodOrBad, signedDollars, signedPercent } from './words';

/** What it really saved beside what it promised for as many calls. Nothing before it is applied. */
export function Realised({
  recommendation: { applied, rolledBack, realised },
}: {
  recommendation: Recommendation;
}) {
  if (applied === null) return null;
  return (
    <Box
      p="sm"
      style={{ borderRadius: 'var(--mantine-radius-md)', background: 'var(--mantine-color-default-hover)' }}
    >
      <Text size="sm" mb={realised === null ? 0 : 'xs'}>
        Applied <Time iso={applied.at} /> by {applied.by}
        {applied.version !== null && `, as version ${applied.version}`}
        {rolledBack !== null && (
          <>
            ; rolled back <Time iso={rolledBack.at} /> by {rolledBack.by}
            {rolledBack.version !== null && `, as version ${rolledBack.version}`}
          </>
        )}
        {'. '}
        {realised === null &&
          (rolledBack === null
            ? 'What it saves is not measured yet: it takes some calls first.'
            : 'What it saved was not measured before that.')}
      </Text>
      {realised !== null && <Measured realised={realised} />}
    </Box>
  );
}

function Measured({ realised }: { realised: RealisedSaving }) {
  const { savedUsd, savedRatio, promisedUsd, calls, measuredAt } = realised;
  const most = Math.max(Math.abs(savedUsd.point), Math.abs(promisedUsd)) || 1;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
      <div>
        <Group gap="xl">
          <Figure
            label="Really saved"
            size="xl"
            value={signedDollars(savedUsd.point)}
            color={goodOrBad(savedUsd.point).c}
            why="What the setting before would have cost by replay, less what was paid"
          />
          <Figure
            label="Promised for as many calls"
            size="xl"
            value={dollars(promisedUsd)}
            why="The expected ratio on the same calls"
          />
        </Group>
        <Text size="xs" c="dimmed">
          on {count(calls)} calls, {signedPercent(savedRatio)} of what they would have cost; measured{' '}
          <Time iso={measuredAt} />
        </Text>
      </div>
      <div>
        <Progress
          value={(Math.max(0, savedUsd.point) / most) * 100}
          color="teal"
          size="sm"
          aria-label="Really saved, beside what was promised"
        />
        <Progress
          value={(Math.max(0, promisedUsd) / most) * 100}
          color="blue"
          size="sm"
          mt={4}
          mb={6}
          aria-label="Promised, beside what was saved"
        />
        <IntervalBar label="Really saved" estimated={savedUsd} format={signedDollars} />
      </div>
    </SimpleGrid>
  );
}
