import { Stack } from '@mantine/core';
import type { FrontendCoordination, ServiceRouting } from '@signalbox/contracts';
import { useMemo } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { useDashboard } from '../../live/dashboard';
import { Answer, Nothing } from '../../parts/answer';
import { Page } from '../../parts/page';
import { inOrder } from '../../parts/services';
import { StatusBadge } from '../../parts/status-badge';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { DecisionDrawer } from './decision-drawer';
import { Decisions } from './decisions';
import { OverrideButton } from './override-button';
import { ServiceChoice } from './service-choice';
import { ServiceNodes } from './service-nodes';
import { useServiceFilter } from './use-service-filter';
import classes from './routing.module.css';

/** Shares and circuits move with each second of traffic. */
const EVERY_MS = 5_000;

const NONE: readonly ServiceRouting[] = [];

/** Where calls go and why: every node, what may be done to it, and the decisions as they are made. */
export default function Routing() {
  const dashboard = useDashboard(EVERY_MS);
  const mayChange = useMayChange();
  const routing = dashboard.data?.routing;
  const services = inOrder(routing?.data?.items ?? NONE);
  return (
    <Page
      title="Routing"
      about={routing?.stale === true && <Stale asOf={routing.asOf} />}
      actions={mayChange && services.length > 0 && <OverrideButton services={services} />}
    >
      <Answer query={dashboard}>{(known) => <Routed routing={known.routing} />}</Answer>
      <Routes>
        <Route path="decisions/:coordinationId" element={<DecisionDrawer />} />
        <Route index element={null} />
        <Route path="*" element={<Navigate to="/routing" replace />} />
      </Routes>
    </Page>
  );
}

function Routed({ routing }: { routing: FrontendCoordination['routing'] }) {
  const [chosen, choose] = useServiceFilter();
  const told = routing.data?.items ?? NONE;
  const services = useMemo(() => inOrder(told), [told]);
  const shown = services.filter(({ serviceName }) => chosen === null || serviceName === chosen);
  if (routing.data === null) return <Nothing>Routing has not told yet how its nodes are doing.</Nothing>;
  if (services.length === 0) return <Nothing>Your token may see no service.</Nothing>;
  return (
    <div className={classes.columns}>
      <Stack gap="md">
        <ServiceChoice services={services} chosen={chosen} choose={choose} />
        {shown.length === 0 && <Nothing>Your token may not see this service.</Nothing>}
        {shown.map((service) => (
          <ServiceNodes key={service.serviceName} service={service} />
        ))}
      </Stack>
      <div className={classes.stream}>
        <Decisions services={services} chosen={chosen} />
      </div>
    </div>
  );
}

function Stale({ asOf }: { asOf: string | null }) {
  return (
    <>
      <StatusBadge status="stale">as last told</StatusBadge> <Time iso={asOf} why="Never told" />
    </>
  );
}
