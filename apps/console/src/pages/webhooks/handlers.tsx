import { Badge, Group } from '@mantine/core';
import type { WebhookHandlerState } from '@signalbox/contracts';
import { Nothing } from '../../parts/answer';
import { Section } from '../../parts/page';
import { CIRCUITS } from './words';

/** What handles events, and whether its circuit lets it. */
export function Handlers({ handlers }: { handlers: readonly WebhookHandlerState[] }) {
  return (
    <Section title="Handlers" about="Each has a circuit of its own, as the replica that answered sees it.">
      {handlers.length === 0 ? (
        <Nothing>There is no handler for what you may see.</Nothing>
      ) : (
        <Group
          component="ul"
          gap="xs"
          m={0}
          p={0}
          style={{ listStyle: 'none' }}
          aria-label="Circuits of handlers"
        >
          {handlers.map(({ name, circuit }) => (
            <li key={name}>
              <Badge variant="light" color={CIRCUITS[circuit].color} size="lg">
                {name}: {CIRCUITS[circuit].title}
              </Badge>
            </li>
          ))}
        </Group>
      )}
    </Section>
  );
}
