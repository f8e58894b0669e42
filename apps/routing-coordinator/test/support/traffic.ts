import { setTimeout as delay } from 'node:timers/promises';
import { SERVICE_NAMES, type DecisionAnswer, type ServiceName } from '@signalbox/contracts';
import { outcomeOf, type Api } from './api.js';

const PAUSE_MS = 5;

/**
 * Calls of all services, one after another: ask, then report. Remembers what was acknowledged, which is what
 * must never be lost, and everything that went wrong.
 */
export class Traffic {
  /** Coordination ids of decisions that were answered. */
  readonly decided: string[] = [];
  /** Coordination ids of outcomes that were acknowledged. */
  readonly reported: string[] = [];
  readonly failures: string[] = [];
  private running = true;
  private readonly work: Promise<void>;

  private constructor(private readonly replicas: readonly Api[]) {
    this.work = this.run();
  }

  static through(...replicas: Api[]): Traffic {
    return new Traffic(replicas);
  }

  async stop(): Promise<void> {
    this.running = false;
    await this.work;
  }

  private async run(): Promise<void> {
    for (let call = 0; this.running; call++) {
      const replica = this.replicas[call % this.replicas.length];
      const service = SERVICE_NAMES[call % SERVICE_NAMES.length];
      if (replica !== undefined && service !== undefined) await this.one(replica, service);
      // A pace, not a wait for anything: some hundred calls a second.
      await delay(PAUSE_MS);
    }
  }

  private async one(replica: Api, service: ServiceName): Promise<void> {
    try {
      const answer = await replica.ask(service);
      if (answer.status !== 200) {
        this.failures.push(`decision: ${answer.status} ${JSON.stringify(answer.body)}`);
        return;
      }
      const { coordinationId, routingDecision }: DecisionAnswer = answer.data;
      this.decided.push(coordinationId);
      const { nodeId } = routingDecision.selectedNode;
      await replica.report(outcomeOf(service, nodeId, 'success', { coordinationId }));
      this.reported.push(coordinationId);
    } catch (error) {
      this.failures.push(String(error));
    }
  }
}
