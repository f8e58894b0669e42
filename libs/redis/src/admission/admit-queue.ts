/** Calls that share one run of the script: some half a millisecond of the server's time. */
const MAX_BATCH = 50;

interface Waiting<Q, A> {
  question: Q;
  resolve: (answer: A) => void;
  reject: (error: unknown) => void;
}

/**
 * Lets the questions of one turn of the event loop travel together. Nobody waits for company: what is there when the
 * turn ends goes.
 */
export class AdmitQueue<Q, A> {
  private waiting: Waiting<Q, A>[] = [];

  /** `ask` answers in the order of the questions. */
  constructor(private readonly ask: (questions: Q[]) => Promise<A[]>) {}

  add(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      if (this.waiting.length === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    const batch = this.waiting.splice(0, MAX_BATCH);
    // The rest in the next turn, so that the server works on this batch while that one is written.
    if (this.waiting.length > 0) setImmediate(() => this.flush());
    this.ask(batch.map(({ question }) => question)).then(
      (answers) => batch.forEach(({ resolve }, index) => resolve(answers[index] as A)),
      (error: unknown) => batch.forEach(({ reject }) => reject(error)),
    );
  }
}
