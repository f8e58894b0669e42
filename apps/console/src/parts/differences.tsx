import { Box, Code, SimpleGrid, Stack, Text, VisuallyHidden } from '@mantine/core';
import type { ConfigDifference } from '@signalbox/catalog';

interface DifferencesProps {
  changes: readonly ConfigDifference[];
  /** Said when there are none. */
  none?: string;
  label?: string;
}

/** What changes, place by place: what was there and what is there then. */
export function Differences({
  changes,
  none = 'Nothing is different.',
  label = 'Changes',
}: DifferencesProps) {
  if (changes.length === 0) return <Text c="dimmed">{none}</Text>;
  return (
    <Stack gap="xs" component="ul" aria-label={label} p={0} m={0} style={{ listStyle: 'none' }}>
      {changes.map(({ path, before, after }) => (
        <Box component="li" key={path}>
          <Text size="sm" fw={600} ff="monospace" style={{ overflowWrap: 'anywhere' }}>
            {path === '' ? 'all of it' : path}
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xs" verticalSpacing={4}>
            <Side sign="−" says="Before" value={before} colour="red" />
            <Side sign="+" says="After" value={after} colour="green" />
          </SimpleGrid>
        </Box>
      ))}
    </Stack>
  );
}

interface SideProps {
  sign: string;
  says: string;
  value: unknown;
  colour: string;
}

function Side({ sign, says, value, colour }: SideProps) {
  const text =
    value === undefined ? 'not there' : typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <Code
      block
      p="xs"
      bg={`var(--mantine-color-${colour}-light)`}
      style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', maxHeight: 320, overflowY: 'auto' }}
      c={value === undefined ? 'dimmed' : 'inherit'}
      tabIndex={0}
    >
      <VisuallyHidden>{says}: </VisuallyHidden>
      <span aria-hidden>{sign} </span>
      {text}
    </Code>
  );
}
