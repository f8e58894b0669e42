import { Badge } from '@mantine/core';

const COLOURS: Record<string, string> = {
  healthy: 'green',
  operational: 'green',
  alive: 'green',
  closed: 'green',
  degraded: 'yellow',
  half_open: 'yellow',
  stale: 'yellow',
  warning: 'yellow',
  down: 'red',
  unhealthy: 'red',
  open: 'red',
  critical: 'red',
  emergency: 'red',
  lost: 'red',
};

interface StatusBadgeProps {
  status: string;
  /** What stands on it, where that is not the state's own word. */
  children?: string;
}

/** A state in a word, and in a colour for those who see it; the worst severity is filled. */
export function StatusBadge({ status, children = status.replaceAll('_', ' ') }: StatusBadgeProps) {
  return (
    <Badge
      color={COLOURS[status] ?? 'gray'}
      variant={status === 'emergency' ? 'filled' : 'light'}

      style={{ flexShrink: 0, minWidth: 'max-content' }}
    >
      {children}
    </Badge>
  );
}
