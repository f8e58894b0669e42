import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { Navigate, useLocation, useNavigate } from 'react-router';

interface SectionTabsProps {
  /** The path of the page: `/costs`. */
  of: string;
  /** What the tabs are of, for those who do not see them. */
  label: string;
  /** `path` is below the page's own; the first tab's is empty. */
  tabs: readonly { path: string; title: string; element: ReactNode }[];
}

/** Parts of a page with an address each. Only the one that is shown is there. */
export function SectionTabs({ of, label, tabs }: SectionTabsProps) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const addressed = tabs.map((tab) => ({ ...tab, address: tab.path === '' ? of : `${of}/${tab.path}` }));
  const current = addressed.find(({ address }) => address === pathname);
  if (current === undefined) return <Navigate to={of} replace />;
  return (
    <Tabs
      value={current.address}
      onChange={(address) => void navigate(address ?? of)}
      keepMounted={false}
      activateTabWithKeyboard={false}
    >
      <Tabs.List aria-label={label} mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
        {addressed.map(({ address, title }) => (
          <Tabs.Tab key={address} value={address}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {addressed.map(({ address, element }) => (
        <Tabs.Panel key={address} value={address}>
          {element}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
