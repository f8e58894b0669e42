import { Group, Text, UnstyledButton } from '@mantine/core';
import { memo } from 'react';
import { Link, useLocation } from 'react-router';
import { dollars, ms, time, words } from '../../parts/figures';
import { serviceTitle } from '../../parts/services';
import { Outcome } from './outcome';
import type { SeenDecision } from './use-decisions';
import classes from './decision-line.module.css';

interface DecisionLineProps {
  decision: SeenDecision;
  provider: string;
}

/** One decision; the whole of it leads to why. */
export const DecisionLine = memo(function DecisionLine({ decision, provider }: DecisionLineProps) {
  const { coordinationId, serviceName, operation, strategy, decidedAt, estimatedCost, outcome, latencyMs } =
    decision;
  const { pathname, search } = useLocation();
  const path = `/routing/decisions/${encodeURIComponent(coordinationId)}`;
  return (
    <li>
      <UnstyledButton
        component={Link}
        to={`${path}${search}`}
        className={classes.line}
        aria-current={pathname === path ? 'true' : undefined}
        data-testid="decision"
      >
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={500} truncate>
            {serviceTitle(serviceName)}{' '}
            <Text span c="dimmed" fw={400}>
              {operation}
            </Text>
          </Text>
          <Text size="xs" c="dimmed" component="time" dateTime={decidedAt} style={FIGURES}>
            {time(decidedAt)}
          </Text>
        </Group>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" truncate>
            <span aria-hidden>→ </span>
            {provider}
          </Text>
          {outcome !== null && <Outcome outcome={outcome} />}
        </Group>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="xs" c="dimmed" truncate>
            {words(strategy)}
          </Text>
          <Text size="xs" c="dimmed" style={FIGURES}>
            {[
              estimatedCost === null ? null : dollars(estimatedCost),
              latencyMs === null ? null : ms(latencyMs),
            ]
              .filter((part) => part !== null)
              .join(' · ')}
          </Text>
        </Group>
      </UnstyledButton>
    </li>
  );
}, alike);

/** A decision does not change; what became of it is told once. */
function alike(a: DecisionLineProps, b: DecisionLineProps): boolean {
  return (
    a.decision.coordinationId === b.decision.coordinationId &&
    a.decision.outcome === b.decision.outcome &&
    a.provider === b.provider
  );
}

const FIGURES = { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } as const;
