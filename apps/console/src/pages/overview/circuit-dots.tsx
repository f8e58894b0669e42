import { Group, Text } from '@mantine/core';
import type { ServiceGlance } from '@signalbox/contracts';

/** A dot for each node by the state of its circuit, and the same in words. */
export function CircuitDots({ circuits: { closed, open, halfOpen } }: Pick<ServiceGlance, 'circuits'>) {
  const dots = [
    ...Array.from({ length: open }, () => 'red'),
    ...Array.from({ length: halfOpen }, () => 'yellow'),
    ...Array.from({ length: closed }, () => 'teal'),
  ];
  return (
    <Group gap={6} wrap="nowrap">
      <Group gap={3} wrap="nowrap" aria-hidden>
        {dots.map((color, index) => (
          <span
            key={index}
            style={{
              width: 8,
              height: 8,
              borderRadius: '50%',
              background: `var(--line-${color})`,
            }}
          />
        ))}
      </Group>
      <Text size="xs" c={open > 0 ? 'var(--mantine-color-red-text)' : 'dimmed'} fw={open > 0 ? 600 : 400}>
        {words(closed, open, halfOpen)}
      </Text>
    </Group>
  );
}

function words(closed: number, open: number, halfOpen: number): string {
  const nodes = closed + open + halfOpen;
  if (nodes === 0) return 'Circuits not told';
  if (open + halfOpen === 0) return nodes === 1 ? 'Circuit closed' : `All ${nodes} circuits closed`;
  return [
    open > 0 ? `${open} circuit${open === 1 ? '' : 's'} open` : '',
    halfOpen > 0 ? `${halfOpen} probing` : '',
    `${closed} closed`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
