import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { eventContracts, SignalboxError, wildcardOf } from '@signalbox/contracts';
import { MessageBus } from '@signalbox/messaging';
import { deferred } from '../deferred.js';

/** Callers that wait in one process; each holds a request open. */
const MOST_WAITERS = 10_000;
/** An end that was told to nobody (NATS is away, the worker died) is found by looking. */
const LOOK_EVERY_MS = 500;

/** Wakes those who wait for a request's end: by this process's own ends, by the news of others, or by looking. */
@Injectable()
export class EndWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly waiters = new Map<string, Set<() => void>>();
  private count = 0;
  private readonly unsubscribe: (() => Promise<void>)[] = [];

  constructor(private readonly bus: MessageBus) {}

  onApplicationBootstrap(): void {
    // JetStream's messages pass by as core messages: no consumer is needed to be woken by them.
    this.unsubscribe.push(
      this.bus.subscribeCore(wildcardOf('batches.completed'), (message) => {
        if (this.count === 0) return;
        const body = message.json<unknown>();
        if (!eventContracts['batches.completed'].check(body)) return;
        for (const { requestId } of body.items) this.ended(requestId);
      }),
      this.bus.subscribeCore(wildcardOf('batches.failed'), (message) => {
        if (this.count === 0) return;
        const body = message.json<unknown>();
        if (!eventContracts['batches.failed'].check(body)) return;
        for (const requestId of body.deadLettered) this.ended(requestId);
      }),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.unsubscribe.map((end) => end()));
    for (const wakes of [...this.waiters.values()]) for (const wake of wakes) wake();
  }

  ended(requestId: string): void {
    const wakes = this.waiters.get(requestId);
    if (wakes !== undefined) for (const wake of [...wakes]) wake();
  }

  /**
   * Asks until the answer is there, at the latest at the deadline; resolves with the last answer. RATE_LIMITED when
   * too many wait already.
   */
  async until<T>(
    requestId: string,
    waitMs: number,
    ask: () => Promise<T>,
    isEnd: (answer: T) => boolean,
  ): Promise<T> {
    const deadlineMs = performance.now() + waitMs;
    for (;;) {
      // Listening begins before asking: an end in between is heard.
      const woken = this.listen(requestId, Math.min(LOOK_EVERY_MS, deadlineMs - performance.now()));
      try {
        const answer = await ask();
        if (isEnd(answer) || performance.now() >= deadlineMs) return answer;
        await woken.promise;
      } finally {
        woken.stop();
      }
    }
  }

  private listen(requestId: string, forMs: number): { promise: Promise<void>; stop: () => void } {
    if (this.count >= MOST_WAITERS) {
      throw new SignalboxError(
        'RATE_LIMITED',
        `${MOST_WAITERS} requests wait here already; ask without wait`,
        {},
        1,
      );
    }
    const { promise, resolve } = deferred<void>();
    const wakes = this.waiters.get(requestId) ?? new Set();
    this.waiters.set(requestId, wakes.add(resolve));
    this.count += 1;
    const timer = setTimeout(resolve, Math.max(0, forMs));
    const stop = () => {
      clearTimeout(timer);
      if (!wakes.delete(resolve)) return;
      this.count -= 1;
      if (wakes.size === 0 && this.waiters.get(requestId) === wakes) this.waiters.delete(requestId);
    };
    return { promise, stop };
  }
}
