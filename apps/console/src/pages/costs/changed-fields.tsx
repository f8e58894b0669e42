import { Code, Group, Stack, Text } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import type { ConfigurationChange } from '@signalbox/contracts';

/** The fields of the configuration that would change, before and after. */
export function ChangedFields({ change: { object, fields } }: { change: ConfigurationChange }) {
  return (
    <Stack gap={4}>
      <Text size="xs" c="dimmed">
        Changes <Code>{object}</Code>
      </Text>
      <Stack
        component="ul"
        gap={4}
        m={0}
        p={0}
        style={{ listStyle: 'none' }}
        aria-label={`Changes of ${object}`}
      >
        {fields.map(({ path, from, to }) => (
          <Group component="li" key={path} gap={6}>
            <Text size="sm" ff="monospace">
              {path}
            </Text>
            <Code bg="var(--mantine-color-red-light)">{shown(from)}</Code>
            <IconArrowRight size={14} role="img" aria-label="becomes" />
            <Code bg="var(--mantine-color-green-light)">{shown(to)}</Code>
          </Group>
        ))}
      </Stack>
    </Stack>
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
