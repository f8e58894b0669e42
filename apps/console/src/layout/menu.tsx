import { Badge, NavLink } from '@mantine/core';
import { NavLink as RouterLink, useLocation } from 'react-router';
import { useDashboard } from '../live/dashboard';
import { pages, type Page } from '../pages/pages';
import { useClaims } from '../session/session';

/** The pages that the role may see. */
export function PageMenu({ onGo }: { onGo: () => void }) {
  const { pathname } = useLocation();
  const { role } = useClaims();
  return (
    <nav aria-label="Pages">
      {pages
        .filter(({ roles, inMenu }) => inMenu && roles.includes(role))
        .map((page) => (
          <PageLink key={page.path} page={page} active={isAt(page.path, pathname)} onGo={onGo} />
        ))}
    </nav>
  );
}

interface PageLinkProps {
  page: Page;
  active: boolean;
  onGo: () => void;
}

function PageLink({ page: { path, title, icon: Icon }, active, onGo }: PageLinkProps) {
  return (
    <NavLink
      component={RouterLink}
      to={path}
      label={title}
      leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
      rightSection={path === '/alerts' ? <StandingCount /> : null}
      active={active}
      aria-current={active ? 'page' : undefined}
      onClick={onGo}
      style={{ borderRadius: 'var(--mantine-radius-md)' }}
    />
  );
}

/** How many alerts stand, in the colour of the worst. */
function StandingCount() {
  const { data } = useDashboard();
  if (data === undefined) return null;
  const { warning, critical, emergency } = data.alerts;
  const total = warning + critical + emergency;
  if (total === 0) return null;
  return (
    <Badge
      size="sm"
      color={critical + emergency > 0 ? 'red' : 'yellow'}
      aria-label={`${total} standing`}
      data-testid="standing-alerts"
    >
      {total}
    </Badge>
  );
}

function isAt(path: string, pathname: string): boolean {
  return path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`);
}
