import { Button, Checkbox, Group, Modal, NumberInput, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlayerPlay } from '@tabler/icons-react';
import {
  RECOMMENDATION_KINDS,
  SERVICE_NAMES,
  type OptimizationRequest,
  type OptimizationRun,
  type RecommendationKind,
  type ServiceName,
} from '@signalbox/contracts';
import { useState } from 'react';
import { useChange } from '../../api/use-change';
import { Failed } from '../../parts/answer';
import { ConfirmButton } from '../../parts/confirm-button';
import { serviceTitle } from '../../parts/services';
import { useClaims } from '../../session/session';
import { useMay } from '../../session/may';
import { OptimizerFound } from './optimizer-found';
import { KINDS } from './words';

const ALL = 'all';
const MOST_HOURS = 168;

/** Runs the optimizer now: first what it would change, then, if one wishes, the change. */
export function RunOptimizer() {
  const may = useMay('admin', 'manager');
  const [opened, { open, close }] = useDisclosure();
  if (!may) return null;
  return (
    <>
      <Button size="xs" leftSection={<IconPlayerPlay size={14} aria-hidden />} onClick={open}>
        Run the optimizer
      </Button>
      <Modal opened={opened} onClose={close} title="Run the optimizer now" size="xl">
        <Run done={close} />
      </Modal>
    </>
  );
}

function Run({ done }: { done: () => void }) {
  const { services } = useClaims();
  const [serviceName, setServiceName] = useState<ServiceName | typeof ALL>(ALL);
  const [kinds, setKinds] = useState<string[]>([...RECOMMENDATION_KINDS]);
  const [hours, setHours] = useState(24);
  const run = useChange<{ apply: boolean }, OptimizationRun>(
    'POST',
    '/external-services/trigger-optimization',
    {
      quiet: true,
      body: ({ apply }): OptimizationRequest => ({
        ...(serviceName === ALL ? {} : { serviceName }),
        ...(kinds.length === RECOMMENDATION_KINDS.length ? {} : { kinds: kinds as RecommendationKind[] }),
        hours,
        apply,
      }),
      refreshes: ['/stream-b-coordination/optimization', '/admin'],
      done: ({ applied }, { apply }) =>
        apply ? `${applied.length} recommendations applied` : 'The optimizer has run; nothing was changed',
    },
  );
  const asked = run.variables?.apply === true;
  // What was found is found for these settings: others ask anew.
  const changed = () => run.reset();
  return (
    <Stack>
      <Text size="sm">
        It replays the recorded calls with other settings and lists those that would save money. The first run
        changes nothing but the list of recommendations.
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Select
          label="Service"
          data={[
            { value: ALL, label: 'All services' },
            ...(services ?? SERVICE_NAMES).map((name) => ({ value: name, label: serviceTitle(name) })),
          ]}
          value={serviceName}
          allowDeselect={false}
          onChange={(value) => {
            setServiceName(value as ServiceName);
            changed();
          }}
        />
        <NumberInput
          label="Hours of recorded calls"
          min={1}
          max={MOST_HOURS}
          allowDecimal={false}
          clampBehavior="strict"
          value={hours}
          onChange={(value) => {
            setHours(Number(value));
            changed();
          }}
        />
      </SimpleGrid>
      <Checkbox.Group
        label="What to look for"
        value={kinds}
        onChange={(value) => {
          setKinds(value);
          changed();
        }}
      >
        <Group mt="xs">
          {RECOMMENDATION_KINDS.map((kind) => (
            <Checkbox key={kind} value={kind} label={KINDS[kind]} />
          ))}
        </Group>
      </Checkbox.Group>
      {run.error !== null && <Failed error={run.error} />}
      {run.data !== undefined && <OptimizerFound run={run.data} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={done}>
          Close
        </Button>
        <Button
          variant={run.data === undefined ? 'filled' : 'default'}
          disabled={kinds.length === 0 || hours < 1}
          loading={run.isPending && !asked}
          onClick={() => run.mutate({ apply: false })}
        >
          {run.data === undefined ? 'Look what would save' : 'Look again'}
        </Button>
        {run.data !== undefined && run.data.applied.length === 0 && run.data.recommendations.length > 0 && (
          <ConfirmButton
            size="sm"
            variant="filled"
            title="Apply the best ones?"
            confirm="Apply them"
            loading={run.isPending && asked}
            onConfirm={() => run.mutate({ apply: true })}
            says="The optimizer runs again and applies the best recommendation of each configuration object, if it is neither unsure nor risky. Each is a new version, live on every replica within a second, and can be rolled back."
          >
            Apply the best ones
          </ConfirmButton>
        )}
      </Group>
    </Stack>
  );
}
