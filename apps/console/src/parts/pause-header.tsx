import { Badge, Button, Group, Title } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { count } from './figures';

interface PauseHeaderProps {
  title: string;
  /** By the button, until it is pressed again. */
  stopped: boolean;
  onStop: (stopped: boolean) => void;
  /** Entries that wait while the list stands still; null while it moves. */
  waiting: number | null;
}

/** Over a list that moves by itself: its title, and how it is made to stand still. */
export function PauseHeader({ title, stopped, onStop, waiting }: PauseHeaderProps) {
  const Icon = stopped ? IconPlayerPlay : IconPlayerPause;
  return (
    <Group justify="space-between" px="md" py="sm" wrap="nowrap" gap="xs">
      <Group gap="xs" wrap="nowrap">
        <Title order={2} size="h4">
          {title}
        </Title>
        {waiting !== null && (
          <Badge variant="light" color="yellow">
            {waiting === 0 ? 'paused' : `${count(waiting)} new`}
          </Badge>
        )}
      </Group>
      <Button
        size="compact-sm"
        variant="default"
        style={{ flexShrink: 0 }}
        leftSection={<Icon size={14} aria-hidden />}
        onClick={() => onStop(!stopped)}
        aria-label={stopped ? `Go on: ${title}` : `Pause: ${title}`}
      >
        {stopped ? 'Go on' : 'Pause'}
      </Button>
    </Group>
  );
}
