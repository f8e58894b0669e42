import {
  alertMovement,
  checkAmount,
  checkId,
  drawOf,
  movementOf,
  opened,
  openingKind,
  verdictOf,
  type BudgetAlert,
  type Movement,
  type OverrideDraw,
  type Reservation,
  type Standing,
  type Verdict,
} from '@signalbox/budgets';
import { CALL_PRIORITIES, type CallPriority, type ServiceName } from '@signalbox/contracts';
import { AdmitQueue } from './admit-queue.js';
import { budgetArguments, tierArguments } from './arguments.js';
import { alertsIn, refusalsIn, reservationIn, type Cell, type RecordReply } from './replies.js';
import { Script } from './script.js';
import { ADMIT } from './scripts/admit.js';
import type { Asking, ServiceScripts } from './service-scripts.js';
import { afterAdmitting, periodsIn, standingOf } from './standing-reply.js';

const admit = new Script(ADMIT);

/** 1 for LOW up to 4 for CRITICAL. */
const RANK = new Map(CALL_PRIORITIES.map((priority, index) => [priority, CALL_PRIORITIES.length - index]));

/** Added to the rank of a call that is recorded by force. */
const FORCED = 8;
const NO_OVERRIDE: OverrideDraw = { overrideId: '', amountMicroUsd: 0, expiresAtMs: 0 };

/** What `ADMIT` is asked beside the rules. */
export interface Question {
  requestId: string;
  priority: CallPriority;
  estimateMicroUsd: number;
  force: boolean;
  /** '' for none. */
  leaseId: string;
  override: OverrideDraw | null;
}

/** What all calls of one run of `ADMIT` have in common. */
interface Run {
  serviceName: ServiceName;
  generation: number;
  asking: Asking;
  ttlMs: number;
}

/** 0 for a call that was admitted plainly; else `[refused by, would refuse, duplicate, drawn, alerts, record, oldest, standing]`. */
type Answer = 0 | [number, number, number, number, Cell[], RecordReply, number, number[]];

/** Puts the question of one call to the script, together with those of its moment. */
export class Admissions {
  private readonly queues = new Map<ServiceName, AdmitQueue<Question, Verdict>>();

  constructor(
    private readonly scripts: ServiceScripts,
    private readonly ttlMs: number,
  ) {}

  /** Rejects with VALIDATION_FAILED for an id or amount that is none. */
  async ask(serviceName: ServiceName, question: Question): Promise<Verdict> {
    checkId(question.requestId, 'requestId');
    checkAmount(question.estimateMicroUsd, 'estimateMicroUsd');
    let queue = this.queues.get(serviceName);
    if (queue === undefined) {
      queue = new AdmitQueue((questions) => this.askAll(serviceName, questions));
      this.queues.set(serviceName, queue);
    }
    return queue.add(question);
  }

  private async askAll(serviceName: ServiceName, questions: Question[]): Promise<Verdict[]> {
    const { reply, asking } = await this.scripts.ask(serviceName, admit, ({ compiled, calendar }) => {
      const args = [
        this.ttlMs,
        ...calendar.arguments,
        ...tierArguments(compiled),
        ...budgetArguments(compiled),
      ];
      for (const { requestId } of questions) args.push(requestId);
      for (const question of questions) addQuestion(args, question);
      return args;
    });
    const [, atUs, generation, dayKey, monthKey, before, ...answers] = reply as [
      ...[number, number, number, string, string, number[]],
      ...Answer[],
    ];
    const run: Run = { serviceName, generation, asking, ttlMs: this.ttlMs };
    const periods = periodsIn(dayKey, monthKey, asking);
    let standing = standingOf(before, atUs, periods);
    return questions.map((question, index) => {
      const answer = answers[index] ?? 0;
      if (answer === 0) {
        standing = afterAdmitting(standing, question.estimateMicroUsd, asking.compiled);
        return plainVerdict(question, standing, run);
      }
      standing = standingOf(answer[7], atUs, periods);
      return verdictIn(answer, question, standing, run);
    });
  }
}

function addQuestion(args: Cell[], { requestId, estimateMicroUsd, ...question }: Question): void {
  const { priority, force, leaseId, override } = question;
  args.push(estimateMicroUsd, drawOf(requestId), (RANK.get(priority) ?? 1) + (force ? FORCED : 0));
  if (leaseId === '' && override === null) args.push('');
  else {
    const { overrideId, amountMicroUsd, expiresAtMs } = override ?? NO_OVERRIDE;
    args.push(JSON.stringify([leaseId, overrideId, amountMicroUsd, expiresAtMs]));
  }
}

function plainVerdict(question: Question, standing: Standing, run: Run): Verdict {
  const { day, month } = standing.periods;
  const atMs = Math.floor(standing.atUs / 1000);
  const reservation: Reservation = {
    ...opened(question.requestId, atMs, { dayKey: day.key, monthKey: month.key }),
    reservedMicroUsd: question.estimateMicroUsd,
    expiresAtMs: atMs + run.ttlMs,
  };
  return verdictOf(
    {
      standing,
      ...{ refusedBy: [], wouldRefuse: [], alerts: [] },
      ...{ reservation, duplicate: false, overrideDrawMicroUsd: 0, oldestMinute: 0 },
      movements: [movementOf('reserve', run.serviceName, run.generation, reservation)],
    },
    run.asking.compiled,
  );
}

function verdictIn(
  [refused, would, duplicate, drawn, alertCells, record, oldestMinute]: Exclude<Answer, 0>,
  { requestId }: Question,
  standing: Standing,
  { serviceName, generation, asking }: Run,
): Verdict {
  const { compiled } = asking;
  const reservation = reservationIn(requestId, record);
  const alerts = alertsIn(alertCells, serviceName, compiled, Math.floor(standing.atUs / 1000));
  const isOpen = reservation?.state === 'open' && !reservation.isLease;
  return verdictOf(
    {
      standing,
      refusedBy: refusalsIn(refused),
      wouldRefuse: refusalsIn(would),
      reservation,
      duplicate: duplicate === 1,
      overrideDrawMicroUsd: drawn,
      alerts,
      movements: isOpen
        ? withAlerts(movementOf(openingKind(reservation), serviceName, generation, reservation), alerts)
        : [],
      oldestMinute,
    },
    compiled,
  );
}

export function withAlerts(movement: Movement, alerts: readonly BudgetAlert[]): Movement[] {
  return [movement, ...alerts.map((alert) => alertMovement(alert, movement.generation))];
}
