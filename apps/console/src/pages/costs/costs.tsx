import { Page } from '../../parts/page';
import { SectionTabs } from '../../parts/section-tabs';
import { Budgets } from './budgets';
import { Money } from './money';
import { Recommendations } from './recommendations';
import { Savings } from './savings';

/** What is spent, what it will come to, what was saved, and what would save more. */
export default function Costs() {
  return (
    <Page title="Costs">
      <SectionTabs
        of="/costs"
        label="Costs"
        tabs={[
          { path: '', title: 'Budgets', element: <Budgets /> },
          { path: 'spend', title: 'Spend and anomalies', element: <Money /> },
          { path: 'savings', title: 'Savings', element: <Savings /> },
          { path: 'recommendations', title: 'Recommendations', element: <Recommendations /> },
        ]}
      />
    </Page>
  );
}
