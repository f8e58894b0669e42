import {
  Alert,
  Badge,
  Card,
  Collapse,
  Group,
  SimpleGrid,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconBulb, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { Recommendation } from '@signalbox/contracts';
import { Figure } from '../../parts/amounts';
import { count, dollars, ms, percent } from '../../parts/figures';
import { Time } from '../../parts/time';
import { ChangedFields } from './changed-fields';
import { Evidence } from './evidence';
import { IntervalBar } from './interval-bar';
import { Realised } from './realised';
import { RecommendationActions } from './recommendation-actions';
import { goodOrBad, KINDS, points, RISKS, signedDollars, signedPercent, STATES, SURENESS } from './words';

interface RecommendationCardProps {
  recommendation: Recommendation;
  rank: number;
}

/** One thing that would save money: how much, how sure, at what risk, by which change, and on what evidence. */
export function RecommendationCard({ recommendation, rank }: RecommendationCardProps) {
  const { title, serviceName, kind, state, stateReason, change, advice, evidence } = recommendation;
  const [opened, { toggle }] = useDisclosure();
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  return (
    <Card
      withBorder
      component="article"
      aria-label={title}
      data-testid={`recommendation-${recommendation.id}`}
    >
      <Stack gap="md">
        <Group justify="space-between" align="flex-start" gap="sm">
          <div>
            <Title order={3} size="h5">
              {rank}. {title}
            </Title>
            <Group gap={6} mt={6}>
              <Badge variant="light" color={STATES[state].color}>
                {STATES[state].title}
              </Badge>
              <Badge variant="default">{serviceName}</Badge>
              <Badge variant="default">{KINDS[kind]}</Badge>
            </Group>
          </div>
          <RecommendationActions recommendation={recommendation} />
        </Group>
        <Expected recommendation={recommendation} />
        <Realised recommendation={recommendation} />
        {stateReason !== null && (
          <Text size="sm" c="dimmed">
            {stateReason}
          </Text>
        )}
        {advice !== null && (
          <Alert
            variant="light"
            color="blue"
            icon={<IconBulb aria-hidden />}
            title="What callers would change"
          >
            {advice}
          </Alert>
        )}
        {change !== null && <ChangedFields change={change} />}
        <div>
          <UnstyledButton onClick={toggle} aria-expanded={opened} fz="sm" fw={600}>
            <Group gap={4}>
              <Chevron size={16} aria-hidden />
              Evidence: {count(evidence.calls)} recorded calls, found <Time iso={recommendation.createdAt} />
            </Group>
          </UnstyledButton>
          <Collapse expanded={opened}>
            <div style={{ paddingTop: 'var(--mantine-spacing-sm)' }}>
              <Evidence of={title} evidence={evidence} />
            </div>
          </Collapse>
        </div>
      </Stack>
    </Card>
  );
}

function Expected({ recommendation }: { recommendation: Recommendation }) {
  const { expectedSavingUsd, expectedSavingUsdPerDay, expectedSavingRatio, successChange, addedLatencyMs } =
    recommendation;
  const { confidence, risk } = recommendation;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="lg">
      <div>
        <Figure
          label="Expected saving a day"
          size="xl"
          value={dollars(expectedSavingUsdPerDay)}
          why={`${dollars(expectedSavingUsd.point)} over the replayed calls, scaled to 24 hours of the same traffic`}
        />
        {expectedSavingRatio === null ? (
          <IntervalBar label="Over the replayed calls" estimated={expectedSavingUsd} format={signedDollars} />
        ) : (
          <IntervalBar
            label={`${signedPercent(expectedSavingRatio.point)} of the cost`}
            estimated={expectedSavingRatio}
            format={signedPercent}
          />
        )}
      </div>
      <div>
        <Figure
          label="Change of success"
          size="xl"
          value={points(successChange?.point)}
          color={goodOrBad(successChange?.point).c}
          why={
            successChange === null
              ? 'This does not bear on which calls succeed'
              : 'Percentage points, as recommended less as configured'
          }
        />
        {successChange !== null && (
          <IntervalBar label="Points of 100" estimated={successChange} format={pointsAlone} />
        )}
        {addedLatencyMs !== null && addedLatencyMs !== 0 && (
          <Text size="xs" c="dimmed" mt={4}>
            {ms(Math.abs(addedLatencyMs))} {addedLatencyMs > 0 ? 'slower' : 'faster'} in the mean
          </Text>
        )}
      </div>
      <div>
        <Text size="xs" c="dimmed">
          How sure
        </Text>
        <Badge size="lg" variant="light" color={SURENESS[confidence.level]}>
          {confidence.level}
        </Badge>
        <Text size="xs" c="dimmed" mt={4}>
          saves in {nearly(confidence.probabilityOfSaving)} of the resamples; the fate of{' '}
          {percent(confidence.knownShare)} of the calls was recorded
        </Text>
      </div>
      <div>
        <Text size="xs" c="dimmed">
          Risk
        </Text>
        <Badge size="lg" variant="light" color={RISKS[risk.level]}>
          {risk.level}
        </Badge>
        <Text size="xs" c="dimmed" mt={4}>
          {risk.reasons.join('; ')}
        </Text>
      </div>
    </SimpleGrid>
  );
}

/** `99.8 %` is not `100 %`, and that is the point. */
function nearly(probability: number): string {
  return probability > 0.99 && probability < 1
    ? `${(Math.floor(probability * 1_000) / 10).toFixed(1)} %`
    : percent(probability);
}

function pointsAlone(difference: number): string {
  return points(difference).replace(' points', '');
}
