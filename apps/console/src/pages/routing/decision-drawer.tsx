import { Alert, Drawer } from '@mantine/core';
import { IconHourglass } from '@tabler/icons-react';
import type { CoordinationDetail } from '@signalbox/contracts';
import { useState } from 'react';
import { useLocation, useNavigate, useParams } from 'react-router';
import { useApi } from '../../api/use-api';
import { Answer, Waiting } from '../../parts/answer';
import { useFocusBack } from '../../parts/use-focus-back';
import { DecisionWhy } from './decision-why';

/** Recording and the outcome come a moment after the decision. */
const EVERY_MS = 3_000;

/** Why one call went where it went, at an address of its own. */
export function DecisionDrawer() {
  const { coordinationId = '' } = useParams();
  const { search } = useLocation();
  const navigate = useNavigate();
  useFocusBack();
  return (
    <Drawer
      opened
      onClose={() => void navigate(`/routing${search}`)}
      position="right"
      size="lg"
      title="Why this node"
      overlayProps={{ backgroundOpacity: 0.2 }}
    >
      <Decision key={coordinationId} coordinationId={coordinationId} />
    </Drawer>
  );
}

function Decision({ coordinationId }: { coordinationId: string }) {
  const [settled, setSettled] = useState(false);
  const query = useApi<CoordinationDetail>(
    `/enhanced-traffic-coordination/coordinations/${encodeURIComponent(coordinationId)}`,
    settled ? {} : { everyMs: EVERY_MS },
  );
  const done = query.data !== undefined && query.data.outcome !== null;
  if (done !== settled) setSettled(done);
  if (query.error?.status === 404) {
    return (
      <>
        <Alert color="yellow" icon={<IconHourglass aria-hidden />} title="Not recorded">
          {query.error.message}. This asks again by itself.
        </Alert>
        <Waiting />
      </>
    );
  }
  return <Answer query={query}>{(decided) => <DecisionWhy decided={decided} />}</Answer>;
}
