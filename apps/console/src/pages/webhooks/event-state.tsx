import { Badge } from '@mantine/core';
import type { WebhookState } from '@signalbox/contracts';
import { STATES } from './words';

export function EventState({ state }: { state: WebhookState }) {
  const { title, color, says } = STATES[state];
  return (
    <Badge variant="light" color={color} title={says} miw="max-content">
      {title}
    </Badge>
  );
}
