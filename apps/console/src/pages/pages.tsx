import type { Role } from '@signalbox/contracts';
import {
  IconAdjustments,
  IconBell,
  IconCoin,
  IconHistory,
  IconLayoutDashboard,
  IconRoute,
  IconStack2,
  IconUsersGroup,
  IconWebhook,
  type Icon,
} from '@tabler/icons-react';
import { lazy, type ComponentType } from 'react';

export interface Page {
  path: string;
  title: string;
  icon: Icon;
  /** Who may see it; what may be done on it is each part's own question. */
  roles: readonly Role[];
  inMenu: boolean;
  /** Loaded when it is first gone to. Rendered for `path` and all below it: `/*` is added. */
  component: ComponentType;
}

const EVERYBODY: readonly Role[] = ['admin', 'manager', 'user'];

const READERS_OF_CONFIGURATION: readonly Role[] = ['admin', 'manager'];

/** Every page, in the order of the menu. */
export const pages: readonly Page[] = [
  {
    path: '/',
    title: 'Overview',
    icon: IconLayoutDashboard,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./overview/overview')),
  },
  {
    path: '/routing',
    title: 'Routing',
    icon: IconRoute,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./routing/routing')),
  },
  {
    path: '/costs',
    title: 'Costs',
    icon: IconCoin,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./costs/costs')),
  },
  {
    path: '/batching',
    title: 'Batching',
    icon: IconStack2,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./batching/batching')),
  },
  {
    path: '/webhooks',
    title: 'Webhooks',
    icon: IconWebhook,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./webhooks/webhooks')),
  },
  {
    path: '/alerts',
    title: 'Alerts',
    icon: IconBell,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./alerts/alerts')),
  },
  {
    path: '/participants',
    title: 'Participants',
    icon: IconUsersGroup,
    roles: EVERYBODY,
    inMenu: true,
    component: lazy(() => import('./participants/participants')),
  },
  {
    path: '/configuration',
    title: 'Configuration',
    icon: IconAdjustments,
    roles: READERS_OF_CONFIGURATION,
    inMenu: true,
    component: lazy(() => import('./configuration/configuration')),
  },
  {
    path: '/audit',
    title: 'Audit',
    icon: IconHistory,
    roles: READERS_OF_CONFIGURATION,
    inMenu: true,
    component: lazy(() => import('./audit/audit')),
  },
];
