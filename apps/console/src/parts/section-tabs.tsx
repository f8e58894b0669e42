import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { Navigate, Route, Routes, useLocation, useNavigate } from 'react-router';

interface SectionTabsProps {
  /** The path of the page: `/costs`. */
  of: string;
  /** What the tabs are of, for those who do not see them. */
  label: string;
  tabs: readonly { path: string; title: string; element: ReactNode }[];
}

/** Parts of a page with an address each; the first one is the page's own. */
export function SectionTabs({ of, label, tabs }: SectionTabsProps) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [first] = tabs;
  const current = tabs.find(({ path }) => path !== '' && pathname.startsWith(`${of}/${path}`)) ?? first;
  return (
    <Tabs
      value={current?.path ?? ''}
      onChange={(path) => void navigate(path === null || path === '' ? of : `${of}/${path}`)}
      keepMounted={false}
    >
      <Tabs.List aria-label={label} mb="md">
        {tabs.map(({ path, title }) => (
          <Tabs.Tab key={path} value={path}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ path, element }) => (
        <Tabs.Panel key={path} value={path}>
          <Routes>
            <Route path={path === '' ? '/' : path} element={element} />
            <Route path="*" element={<Navigate to={of} replace />} />
          </Routes>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
