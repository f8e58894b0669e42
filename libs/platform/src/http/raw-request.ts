import { SignalboxError } from '@signalbox/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { counted } from '../access/access-gate.js';
import type { Verdict } from '../access/rate-limiter.js';

/** A request whose body nobody has read yet. */
export class RawRequest {
  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  /** Names in lower case. */
  get headers(): IncomingHttpHeaders {
    return this.request.raw.headers;
  }

  /** Without its question mark; empty when there is none. */
  get query(): string {
    const { url = '' } = this.request.raw;
    const mark = url.indexOf('?');
    return mark === -1 ? '' : url.slice(mark + 1);
  }

  /** Who sends it, believing only the proxies that the settings trust. */
  get address(): string {
    return this.request.ip;
  }

  get correlationId(): string {
    return this.request.id;
  }

  /** Puts the verdict on the answer. @throws SignalboxError RATE_LIMITED when it is a refusal */
  admit(verdict: Verdict): void {
    const refusal = counted(this.reply, verdict);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * The body's bytes as they came. Rejects with BODY_TOO_LARGE as soon as it is known to have more than `maxBytes`,
   * with VALIDATION_FAILED when it does not arrive whole.
   */
  readBody(maxBytes: number): Promise<Buffer> {
    const { raw } = this.request;
    if (Number(raw.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const onData = (chunk: Buffer): void => {
        length += chunk.length;
        if (length > maxBytes) end(() => reject(tooLarge(maxBytes)));
        else chunks.push(chunk);
      };
      const onEnd = (): void =>
        end(() => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length)));
      const onBroken = (): void =>
        end(() => reject(new SignalboxError('VALIDATION_FAILED', 'The body did not arrive whole')));
      const end = (settle: () => void): void => {
        raw.off('data', onData).off('end', onEnd).off('close', onBroken);
        settle();
      };
      // Stays, so that a connection that breaks later on is no uncaught error.
      raw.on('error', onBroken);
      raw.on('data', onData).on('end', onEnd).on('close', onBroken);
    });
  }
}

function tooLarge(maxBytes: number): SignalboxError {
  return new SignalboxError('BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes`);
}
