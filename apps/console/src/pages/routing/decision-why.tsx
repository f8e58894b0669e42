import {
  Alert,
  Badge,
  Code,
  CopyButton,
  Group,
  SimpleGrid,
  Stack,
  Text,
  Title,
  UnstyledButton,
} from '@mantine/core';
import type { CoordinationDetail } from '@signalbox/contracts';
import type { ReactNode } from 'react';
import { Figure } from '../../parts/amounts';
import { dollars, ms, NOT_MEASURED, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { Alternatives } from './alternatives';
import { Excluded } from './excluded';
import { Outcome } from './outcome';

/** The record of one decision: what was chosen, by what measure, before which others, and what became of it. */
export function DecisionWhy({ decided }: { decided: CoordinationDetail }) {
  const { decision, serviceName, operation, decidedAt, baselineCost } = decided;
  const { routingDecision: routed, metadata } = decision;
  return (
    <Stack gap="lg">
      <div>
        <Text fw={600} size="lg">
          {routed.selectedNode.providerName}
        </Text>
        <Text size="sm" c="dimmed">
          {serviceTitle(serviceName)} · {operation} · <Time iso={decidedAt} />
        </Text>
        <Group gap={6} mt="xs">
          <Badge variant="default" title={routed.routingStrategy}>
            {words(routed.routingStrategy)}
          </Badge>
          {metadata.appliedOptimizations.includes('emergency_override') && (
            <Badge color="grape" variant="light">
              under an emergency override
            </Badge>
          )}
          {routed.probe && (
            <Badge color="yellow" variant="light">
              probe of a half-open circuit
            </Badge>
          )}
        </Group>
      </div>
      <Text>{routed.decisionReason}</Text>
      {routed.lastResort !== null && (
        <Alert color="red" title="No node was eligible">
          Chosen as a last resort, by the rule “{words(routed.lastResort)}”.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, xs: 4 }}>
        <Figure
          label="Expected cost"
          value={dollars(routed.estimatedCost)}
          why={`On the primary node: ${dollars(baselineCost)}`}
        />
        <Figure label="Expected latency" value={ms(routed.estimatedLatency)} />
        <Figure label="Expected success" value={`${routed.estimatedSuccessRate.toFixed(1)} %`} />
        <Figure
          label="Confidence"
          value={`${Math.round(metadata.confidenceScore)} %`}
          why="How likely the chosen node is truly the best by the strategy’s own measure"
        />
      </SimpleGrid>
      <Became decided={decided} />
      <Part title="Ranked alternatives">
        <Alternatives routed={routed} />
      </Part>
      <Part title="Excluded nodes">
        <Excluded nodes={routed.excluded} />
      </Part>
      <Part title="The request">
        <Request decided={decided} />
      </Part>
    </Stack>
  );
}

function Became({ decided: { outcome, latencyMs, decision } }: { decided: CoordinationDetail }) {
  return (
    <Part title="What became of it">
      {outcome === null ? (
        <Text size="sm">
          Not reported yet. The call counts as in flight and is let go{' '}
          <Time iso={decision.metadata.leaseExpiresAt} />.
        </Text>
      ) : (
        <Group gap="xs">
          <Outcome outcome={outcome} />
          {latencyMs !== null && <Text size="sm">after {ms(latencyMs)}</Text>}
        </Group>
      )}
    </Part>
  );
}

function Request({ decided }: { decided: CoordinationDetail }) {
  const { coordinationId, priority, caller, decision } = decided;
  const { totalCoordinationTime, routingDecisionTime } = decision.performanceMetrics;
  const rows: [string, ReactNode][] = [
    ['Coordination', <Copyable key="id" text={coordinationId} />],
    ['Caller', caller ?? NOT_MEASURED],
    ['Priority', priority ?? NOT_MEASURED],
    [
      'Decided in',
      `${totalCoordinationTime.toFixed(2)} ms, of which choosing ${routingDecisionTime.toFixed(2)} ms`,
    ],
    ['Decided by', <Code key="replica">{decision.metadata.replicaId}</Code>],
    ['Risk mitigation', decision.businessOutcome.riskMitigation],
  ];
  return (
    <dl style={{ display: 'grid', gridTemplateColumns: 'max-content 1fr', gap: '6px 16px', margin: 0 }}>
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: 'contents' }}>
          <Text component="dt" size="sm" c="dimmed">
            {name}
          </Text>
          <Text component="dd" size="sm" m={0} style={{ overflowWrap: 'anywhere' }}>
            {value}
          </Text>
        </div>
      ))}
    </dl>
  );
}

function Copyable({ text }: { text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <UnstyledButton onClick={copy} title="Copy" aria-label={`Copy ${text}`}>
          <Code>{text}</Code>{' '}
          {copied && (
            <Text span size="xs">
              copied
            </Text>
          )}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={3} size="h5" mb={6}>
        {title}
      </Title>
      {children}
    </section>
  );
}
