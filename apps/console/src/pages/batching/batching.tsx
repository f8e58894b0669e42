import { Page } from '../../parts/page';
import { SectionTabs } from '../../parts/section-tabs';
import { useMay } from '../../session/may';
import { DeadLetters } from './dead-letters';
import { Performance } from './performance';
import { Queues } from './queues';

/** What gathering requests saves, what waits, and what ended without a result. */
export default function Batching() {
  const mayReadDeadLetters = useMay('admin', 'manager');
  const deadLetters = { path: 'dead-letters', title: 'Dead letters', element: <DeadLetters /> };
  return (
    <Page title="Batching">
      <SectionTabs
        of="/batching"
        label="Batching"
        tabs={[
          { path: '', title: 'Performance', element: <Performance /> },
          { path: 'queues', title: 'Queues', element: <Queues /> },
          ...(mayReadDeadLetters ? [deadLetters] : []),
        ]}
      />
    </Page>
  );
}
