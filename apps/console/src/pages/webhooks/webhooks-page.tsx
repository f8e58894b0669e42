import { Page } from '../../parts/page';
import { SectionTabs } from '../../parts/section-tabs';
import { Events } from './events';
import { Figures } from './figures';

export function WebhooksPage() {
  return (
    <Page title="Webhooks">
      <SectionTabs
        of="/webhooks"
        label="Webhooks"
        tabs={[
          { path: '', title: 'Figures', element: <Figures /> },
          { path: 'events', title: 'Events', element: <Events /> },
        ]}
      />
    </Page>
  );
}
