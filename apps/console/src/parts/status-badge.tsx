import { Badge } from '@mantine/core';

const COLOURS: Record<string, string> = {
  healthy: 'green',
  operational: 'green',
  degraded: 'yellow',
  down: 'red',
  unhealthy: 'red',
  unknown: 'gray',
};

/** A state in a word, and in a colour for those who see it. */
export function StatusBadge({ status }: { status: string }) {
  return (
    <Badge color={COLOURS[status] ?? 'gray'} variant="light">
      {status}
    </Badge>
  );
}
