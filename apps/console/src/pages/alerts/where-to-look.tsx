import { Anchor } from '@mantine/core';
import type { AlertKind, AlertView } from '@signalbox/contracts';
import { Link } from 'react-router';
import { pages } from '../pages';

/** The page on which the trouble can be seen. */
const PAGE: Record<AlertKind, string> = {
  budget: '/costs',
  rate_limit: '/costs',
  circuit: '/routing',
  degradation: '/routing',
  anomaly: '/costs',
  override: '/routing',
  batch: '/batching',
  webhook: '/webhooks',
  security: '/webhooks',
  threshold: '/routing',
  coordination_event: '/participants',
};

export function WhereToLook({ alert: { kind } }: { alert: AlertView }) {
  const page = pages.find(({ path }) => path === PAGE[kind]);
  if (page === undefined) return null;
  return (
    <Anchor component={Link} to={page.path} size="xs">
      Look at {page.title.toLowerCase()}
    </Anchor>
  );
}
