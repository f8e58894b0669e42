import { AppShell, Burger, Group, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Suspense, useEffect, useRef } from 'react';
import { Outlet, useLocation } from 'react-router';
import { useDashboardUpdates } from '../live/dashboard';
import { Waiting } from '../parts/answer';
import { Account, ColourScheme } from './account';
import { ConnectionBadge, ConnectionBanner, StaleBanner } from './connection';
import { PageMenu } from './menu';
import { PageBoundary } from './page-boundary';
import { Signal } from './signal';

/** What stays while pages change: where one can go, who one is, and whether what is shown is live. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure();
  const main = useRef<HTMLElement>(null);
  useDashboardUpdates();
  const [, page = ''] = useLocation().pathname.split('/');
  useScrollToTop(page);
  return (
    <>
      <a
        href="#main"
        className="skip-link"
        onClick={(event) => {
          // The hash is the page's own address: the browser must not take it for a place on the page.
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <AppShell
        header={{ height: 56 }}
        navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
        padding={{ base: 'sm', sm: 'lg' }}
      >
        <AppShell.Header>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger
                opened={opened}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={opened ? 'Close the menu' : 'Open the menu'}
                aria-expanded={opened}
              />
              <Signal />
              <Text fw={700} size="lg">
                Signalbox
              </Text>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <ConnectionBadge />
              <ColourScheme />
              <Account />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs">
          <ScrollArea>
            <PageMenu onGo={close} />
          </ScrollArea>
        </AppShell.Navbar>
        <AppShell.Main id="main" ref={main} tabIndex={-1}>
          <ConnectionBanner />
          <StaleBanner />
          <PageBoundary key={page}>
            <Suspense fallback={<Waiting />}>
              <Outlet />
            </Suspense>
          </PageBoundary>
        </AppShell.Main>
      </AppShell>
    </>
  );
}

/** A page begins at its top; what opens above it (a drawer with its own address) leaves it where it was. */
function useScrollToTop(of: string): void {
  useEffect(() => {
    window.scrollTo(0, 0);
  }, [of]);
}
