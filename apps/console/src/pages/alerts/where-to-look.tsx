import { Anchor } from '@mantine/core';
import type { AlertKind, AlertView } from '@signalbox/contracts';
import { Link } from 'react-router';

/** The page on which the trouble can be seen; the list of pages knows this one, so it is named here. */
const PAGE: Record<AlertKind, string> = {
  budget: 'costs',
  rate_limit: 'costs',
  circuit: 'routing',
  degradation: 'routing',
  anomaly: 'costs',
  override: 'routing',
  batch: 'batching',
  webhook: 'webhooks',
  security: 'webhooks',
  threshold: 'routing',
  coordination_event: 'participants',
};

export function WhereToLook({ alert: { kind } }: { alert: AlertView }) {
  return (
    <Anchor component={Link} to={`/${PAGE[kind]}`} size="xs">
      Look at {PAGE[kind]}
    </Anchor>
  );
}
