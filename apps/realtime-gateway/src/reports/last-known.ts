import type { DashboardPart } from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';

/** An answer or none is waited for this long at most. */
const ANSWER_TIMEOUT_MS = 1_500;

export interface LastKnownOptions<T> {
  /** Must end some day: one question at a time is under way. */
  ask: () => Promise<T>;
  clock: Clock;
  /** Many pages ask at once: one answer serves them all for this long. */
  freshMs: number;
  timeoutMs?: number;
  /** Told why there was no answer. */
  failed?: (error: unknown) => void;
}

interface Known<T> {
  data: T;
  askedAtMs: number;
  answeredAtMs: number;
}

interface Question {
  askedAtMs: number;
  /** Resolves when it was answered, or failed, or was waited for long enough. */
  waited: Promise<void>;
  isLate: boolean;
}

/**
 * The newest that is known of something that has to be asked for. Whoever asks while a question is under way shares its
 * answer. Who does not answer in time leaves the last answer, marked as stale, and holds up nobody else meanwhile: its
 * answer is taken when it comes, and only then, or a moment after it failed, it is asked again.
 */
export class LastKnown<T> {
  private known: Known<T> | undefined;
  private question: Question | undefined;
  private failedAtMs = -Infinity;

  constructor(private readonly options: LastKnownOptions<T>) {}

  /** As it is, or was a moment ago. Never rejects, and answers within the timeout. */
  async recent(): Promise<DashboardPart<T>> {
    const { clock, freshMs } = this.options;
    const nowMs = clock.nowMs();
    const isFresh = () => this.known !== undefined && this.known.answeredAtMs > nowMs - freshMs;
    if (!isFresh()) await this.asked();
    return this.part(isFresh());
  }

  /** As it is now or later: stale unless it was asked for after this was called. Never rejects. */
  async anew(): Promise<DashboardPart<T>> {
    const nowMs = this.options.clock.nowMs();
    // What was asked before may have been answered before.
    if (this.question !== undefined && this.question.askedAtMs < nowMs) await this.asked();
    const isNew = () => this.known !== undefined && this.known.askedAtMs >= nowMs;
    if (!isNew()) await this.asked();
    return this.part(isNew());
  }

  private part(isFresh: boolean): DashboardPart<T> {
    if (this.known === undefined) return { data: null, asOf: null, stale: true };
    const { data, answeredAtMs } = this.known;
    return { data, asOf: new Date(answeredAtMs).toISOString(), stale: !isFresh };
  }

  private async asked(): Promise<void> {
    const { clock, freshMs } = this.options;
    if (this.question?.isLate === true) return;
    if (this.question === undefined && this.failedAtMs > clock.nowMs() - freshMs) return;
    await (this.question ??= this.begun()).waited;
  }

  private begun(): Question {
    const { ask, clock, timeoutMs = ANSWER_TIMEOUT_MS, failed } = this.options;
    const askedAtMs = clock.nowMs();
    const answered = ask().then(
      (data) => void (this.known = { data, askedAtMs, answeredAtMs: clock.nowMs() }),
      (error: unknown) => {
        this.failedAtMs = clock.nowMs();
        failed?.(error);
      },
    );
    const question: Question = { askedAtMs, isLate: false, waited: Promise.resolve() };
    const ended = answered.finally(() => (this.question = undefined));
    question.waited = inTime(ended, timeoutMs).catch(() => void (question.isLate = true));
    return question;
  }
}

/** What `answer` resolves to; rejects when it takes longer. */
export async function inTime<T>(answer: Promise<T>, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
