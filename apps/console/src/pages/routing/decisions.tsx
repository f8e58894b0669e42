import { Card, Text } from '@mantine/core';
import type { ServiceName, ServiceRouting } from '@signalbox/contracts';
import { memo, useMemo, useState } from 'react';
import { useLocation } from 'react-router';
import { Failed, Nothing } from '../../parts/answer';
import { PauseHeader } from '../../parts/pause-header';
import { serviceTitle } from '../../parts/services';
import { DecisionLine } from './decision-line';
import { providerNames } from './provider-names';
import { useDecisions } from './use-decisions';
import classes from './decisions.module.css';

interface DecisionsProps {
  services: readonly ServiceRouting[];
  chosen: ServiceName | null;
}

/** Every decision as it is made. Stands still while somebody points at it, reads it with the keyboard, or says so. */
export const Decisions = memo(function Decisions({ services, chosen }: DecisionsProps) {
  const [stopped, setStopped] = useState(false);
  const [read, setRead] = useState(false);
  // Whoever comes back from one finds it where it was.
  const opened = useLocation().pathname.startsWith('/routing/decisions/');
  const paused = stopped || read || opened;
  const { decisions, waiting, failed, pending } = useDecisions(chosen, paused);
  const providers = useMemo(() => providerNames(services), [services]);
  return (
    <Card withBorder padding={0} component="section" aria-label="Decisions" data-testid="decisions">
      <PauseHeader
        title="Decisions"
        stopped={stopped}
        onStop={setStopped}
        waiting={paused ? waiting : null}
      />
      {failed !== null && decisions.length === 0 && <Failed error={failed} />}
      {decisions.length === 0 && failed === null && (
        <Nothing>
          {pending
            ? 'Asking for the last ones…'
            : `No call was routed yet${chosen === null ? '' : ` to ${serviceTitle(chosen)}`}.`}
        </Nothing>
      )}
      <div
        className={classes.list}
        role="region"
        aria-label="Decisions, newest first"
        tabIndex={0}
        onPointerEnter={() => setRead(true)}
        onPointerLeave={() => setRead(false)}
        onFocus={() => setRead(true)}
        onBlur={() => setRead(false)}
      >
        <ul>
          {decisions.map((decision) => (
            <DecisionLine
              key={decision.coordinationId}
              decision={decision}
              provider={providers.get(decision.nodeId) ?? decision.nodeId}
            />
          ))}
        </ul>
      </div>
      <Text size="xs" c="dimmed" px="md" py={6}>
        The newest {decisions.length}; each opens with why its node was chosen.
      </Text>
    </Card>
  );
});
