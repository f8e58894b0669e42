import type { NatsConnection } from '@nats-io/transport-node';
import { BUDGETS_BUCKET, SERVICE_NAMES, type BudgetState, type ServiceName } from '@signalbox/contracts';

/** The cost optimizer tells every two seconds: what is older than this is not known any more. */
const KNOWN_FOR_MS = 10_000;
const PREFIX = `$KV.${BUDGETS_BUCKET}.`;

/** What was last told of each budget, at hand without waiting: every write to the bucket is also a message. */
export class BudgetWatch {
  private readonly known = new Map<string, { state: BudgetState; heardAtMs: number }>();

  constructor(private readonly nowMs: () => number) {}

  listen(connection: NatsConnection): void {
    connection.subscribe(`${PREFIX}*`, {
      callback: (error, message) => {
        const service = message.subject.slice(PREFIX.length);
        if (error !== null || !(SERVICE_NAMES as readonly string[]).includes(service)) return;
        // A deletion has no body.
        if (message.data.length === 0) this.known.delete(service);
        else this.known.set(service, { state: message.json<BudgetState>(), heardAtMs: this.nowMs() });
      },
    });
  }

  /** Null when nothing was told of it lately. */
  of(service: ServiceName): BudgetState | null {
    const known = this.known.get(service);
    return known === undefined || this.nowMs() - known.heardAtMs > KNOWN_FOR_MS ? null : known.state;
  }
}

/** Whether a call of this cost fits what is left of the day and of the month. */
export function fits({ day, month, shadow }: BudgetState, costUsd: number): boolean {
  return shadow || (costUsd <= day.remainingUsd && costUsd <= month.remainingUsd);
}
