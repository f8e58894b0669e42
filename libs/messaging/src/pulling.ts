import type { ConsumeOptions } from '@nats-io/jetstream';

/**
 * How a consumer is read. The server says every 3 s that it is still there; after two silences it is asked, and opened
 * anew when it is gone. Of two consumers of a deleted stream nats-server 2.9 tells at times only one: with the
 * client's own 15 s the other would be deaf for the better part of a minute.
 */
export function pulling(maxMessages: number): ConsumeOptions {
  return { max_messages: maxMessages, expires: 15_000, idle_heartbeat: 3_000 };
}
