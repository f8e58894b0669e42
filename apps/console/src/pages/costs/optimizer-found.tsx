import { Alert, Badge, Collapse, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import type { ConsideredSetting, OptimizationRun, Recommendation } from '@signalbox/contracts';
import { DataTable, type Column } from '../../parts/data-table';
import { count, dollars, percent } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { points, signedPercent, SURENESS } from './words';

/** What a run of the optimizer found, applied and set aside, and why. */
export function OptimizerFound({ run }: { run: OptimizationRun }) {
  const { services, recommendations, considered, applied, notApplied } = run;
  const [opened, { toggle }] = useDisclosure(recommendations.length === 0);
  const Chevron = opened ? IconChevronDown : IconChevronRight;
  const titleOf = (id: string) => recommendations.find((each) => each.id === id)?.title ?? id;
  const unavailable = services.filter((each) => each.unavailable !== null);
  return (
    <Stack gap="sm" aria-live="polite">
      <Text size="sm">
        Replayed {count(sum(services.map(({ calls }) => calls)))} calls and{' '}
        {count(sum(services.map(({ batchRequests }) => batchRequests)))} batch requests of {services.length}{' '}
        {services.length === 1 ? 'service' : 'services'}.
        {unavailable.map(({ serviceName, unavailable: why }) => ` ${serviceTitle(serviceName)}: ${why}.`)}
      </Text>
      {applied.length > 0 && (
        <Alert color="green" variant="light" title={`${applied.length} applied`}>
          {applied.map((id) => (
            <div key={id}>{titleOf(id)}</div>
          ))}
        </Alert>
      )}
      {notApplied.length > 0 && (
        <Alert color="yellow" variant="light" title={`${notApplied.length} not applied`}>
          {notApplied.map(({ id, reason }) => (
            <div key={id}>
              {titleOf(id)}: {reason}
            </div>
          ))}
        </Alert>
      )}
      {recommendations.length === 0 ? (
        <Text fw={600}>Nothing that saves money, surely enough.</Text>
      ) : (
        <DataTable
          label="What would save money"
          columns={FOUND}
          rows={recommendations}
          idOf={({ id }) => id}
          minWidth={520}
        />
      )}
      {considered.length > 0 && (
        <div>
          <UnstyledButton onClick={toggle} aria-expanded={opened} fz="sm" fw={600}>
            <Group gap={4}>
              <Chevron size={16} aria-hidden />
              {considered.length === 1
                ? '1 other setting was replayed and is not recommended'
                : `${considered.length} other settings were replayed and are not recommended`}
            </Group>
          </UnstyledButton>
          <Collapse expanded={opened}>
            <DataTable
              label="Settings that are not recommended"
              columns={CONSIDERED}
              rows={considered}
              idOf={({ serviceName, title }) => `${serviceName} ${title}`}
              minWidth={620}
            />
          </Collapse>
        </div>
      )}
    </Stack>
  );
}

const FOUND: readonly Column<Recommendation>[] = [
  { title: 'Recommendation', cell: ({ title }) => title },
  {
    title: 'Saves a day',
    cell: ({ expectedSavingUsdPerDay }) => dollars(expectedSavingUsdPerDay),
    figures: true,
    sortBy: ({ expectedSavingUsdPerDay }) => expectedSavingUsdPerDay,
  },
  { title: 'Success', cell: ({ successChange }) => points(successChange?.point), figures: true },
  {
    title: 'How sure',
    cell: ({ confidence: { level, probabilityOfSaving } }) => (
      <Badge
        variant="light"
        miw="max-content"
        color={SURENESS[level]}
        title={`Saves in ${percent(probabilityOfSaving)} of the resamples`}
      >
        {level}
      </Badge>
    ),
  },
];

const CONSIDERED: readonly Column<ConsideredSetting>[] = [
  { title: 'Setting', cell: ({ title }) => title, sortBy: ({ title }) => title },
  {
    title: 'Saving',
    cell: ({ savingRatio }) => signedPercent(savingRatio),
    figures: true,
    sortBy: ({ savingRatio }) => savingRatio,
  },
  {
    title: 'Success',
    cell: ({ successChange }) => points(successChange),
    figures: true,
    sortBy: ({ successChange }) => successChange,
  },
  { title: 'Why not', cell: ({ reason }) => reason },
];

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
