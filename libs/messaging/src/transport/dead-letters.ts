import { isUtf8 } from 'node:buffer';
import type { JsMsg } from '@nats-io/jetstream';
import { DEAD_LETTER_PREFIX, SUBJECT_PREFIX, type DeadLetter } from '@signalbox/contracts';
import type { MessageBus } from '../message-bus.js';

/** Room for any honest payload; a dead letter must itself fit in a message after JSON or base64 has grown it. */
const MAX_PAYLOAD_BYTES = 256 * 1024;
const MAX_REASON_CHARACTERS = 2_000;

/** Keeps what could not be taken, with the reason, where an operator finds it. */
export class DeadLetters {
  constructor(private readonly bus: MessageBus) {}

  /** Rejects when the letter could not be stored: the message must then not be let go. Idempotent per consumer. */
  async bury(message: JsMsg, consumer: string, reason: string, deliveries: number): Promise<void> {
    const kept = message.data.subarray(0, MAX_PAYLOAD_BYTES);
    const cut =
      kept.length < message.data.length ? ` (kept ${kept.length} of ${message.data.length} bytes)` : '';
    const encoding = isUtf8(kept) ? 'utf8' : 'base64';
    const letter: DeadLetter = {
      subject: message.subject,
      reason: reason.slice(0, MAX_REASON_CHARACTERS) + cut,
      payload: Buffer.from(kept).toString(encoding),
      encoding,
      deliveries,
      consumer,
      occurredAt: new Date().toISOString(),
    };
    const subject = DEAD_LETTER_PREFIX + message.subject.slice(SUBJECT_PREFIX.length);
    await this.bus.publishTo(subject, letter, `dead:${consumer}:${message.info.stream}:${message.seq}`);
  }
}
