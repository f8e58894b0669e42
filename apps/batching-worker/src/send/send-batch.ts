import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { bisect, type WireCall } from '@signalbox/batching';
import { CLOCK, HOSTED, type Hosted } from '@signalbox/hosting';
import { BatchItemStore, type ReleasedItem } from '@signalbox/persistence';
import type { Clock } from '@signalbox/statistics';
import { BATCHING_SETTINGS, type BatchingWorkerSettings } from '../config.js';
import type { HeldItem } from '../line/held-item.js';
import { Admission } from './admission.js';
import type { BatchRun } from './batch-run.js';
import { CallProvider, type CallEnd } from './call-provider.js';
import { ChooseNode, type ChosenNode } from './choose-node.js';
import { judge } from './judge-call.js';
import { NodeCatalog } from './node-catalog.js';
import { Orphans } from './orphans.js';
import { ReportCall } from './report-call.js';
import type { SendingLine } from './sending-line.js';
import { WriteEnds } from './write-ends.js';

/** Past the provider's time: what the holder of a claim needs to notice that it is over. */
const CLAIM_MARGIN_MS = 5_000;
/** Something of ours is away; it is tried again this soon. */
const TRY_AGAIN_MS = 1_000;

/**
 * Sends a batch: asks whether it may go and where to, claims its requests, calls, and writes what became of each.
 *
 * A request is claimed in PostgreSQL before a byte of it leaves, and ends under that claim: whatever dies in between,
 * and whichever replica else believes to hold it, no two can send it at a time and no two can end it.
 */
@Injectable()
export class SendBatch {
  private readonly logger = new Logger(SendBatch.name);

  constructor(
    private readonly items: BatchItemStore,
    private readonly admission: Admission,
    private readonly nodes: ChooseNode,
    private readonly catalog: NodeCatalog,
    private readonly provider: CallProvider,
    private readonly reports: ReportCall,
    private readonly ends: WriteEnds,
    private readonly orphans: Orphans,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(HOSTED) private readonly hosted: Hosted,
    @Inject(BATCHING_SETTINGS) private readonly settings: BatchingWorkerSettings,
  ) {}

  /** Resolves when it has parted with every request of the batch. Never rejects. */
  async send(line: SendingLine, run: BatchRun): Promise<void> {
    const parts = run.operation.merges ? [run.items] : run.items.map((item) => [item]);
    run.openParts = parts.length;
    await Promise.all(parts.map((part) => this.sendPart(line, run, part)));
  }

  /** Items that shall leave as one call. Those that cannot leave together follow as parts of their own. */
  private async sendPart(line: SendingLine, run: BatchRun, part: Part): Promise<void> {
    let next: readonly Part[];
    try {
      next = await line.inTurn(part, () => this.carry(line, run, part));
    } catch (error) {
      this.logger.error(`Part of ${run.batchId} could not be sent: ${String(error)}`);
      const why = { afterMs: TRY_AGAIN_MS, reason: 'no_node', message: 'something of ours is away' } as const;
      return this.ends.putOff(line, run, part, why);
    }
    // Out of turn again: a part that waits for its turn must not hold its parent's.
    await Promise.all(next.map((one) => this.sendPart(line, run, one)));
  }

  /** Returns the parts that are still to be sent. */
  private async carry(line: SendingLine, run: BatchRun, part: Part): Promise<readonly Part[]> {
    if (line.isClosing) return done(this.ends.handBack(run, part));
    const guess = this.catalog.fallbackOrder(run.serviceName)[0]?.nodeId ?? run.serviceName;
    const planned = this.encode(run, part, guess);
    if (typeof planned === 'string') return done(this.unsendable(line, run, part, planned));
    if (planned.length > 1) return this.split(run, part, planned);
    const requestId = `${run.batchId}:${randomUUID().slice(0, 8)}`;
    const { serviceName, priority } = run;
    const operation = run.operation.name;
    const estimateMicroUsd = (planned[0]?.billableUnits ?? 1) * this.catalog.unitPriceMicroUsd(serviceName);
    const admitted = await this.admission.ask({
      serviceName,
      operation,
      priority,
      requestId,
      estimateMicroUsd,
    });
    if (!admitted.admitted) {
      const message = `refused by ${admitted.refusedBy.join(', ')}`;
      const why = { afterMs: admitted.retryAfterMs, reason: 'not_admitted', message } as const;
      return done(this.ends.putOff(line, run, part, why));
    }
    const { reservationId } = admitted;
    const avoid = new Set(part.flatMap(({ failedNodes }) => [...failedNodes]));
    const wanted = { serviceName, operation, priority, requestId, reservationId, avoid };
    const choice = await this.nodes.choose(wanted);
    if ('refused' in choice) {
      if (reservationId !== null) this.admission.giveBack(serviceName, reservationId);
      const reason = choice.refused === 'BUDGET_EXHAUSTED' ? 'not_admitted' : 'no_node';
      const why = { afterMs: choice.retryAfterMs, reason, message: choice.message } as const;
      return done(this.ends.putOff(line, run, part, why));
    }
    const { node } = choice;
    const calls = this.encode(run, part, node.nodeId);
    if (typeof calls === 'string') return done(this.unsendable(line, run, part, calls));
    const [call, ...others] = calls as [WireCall, ...WireCall[]];
    await this.provider.prepare(node);
    const rest = this.split(run, part, others, others.length);
    const mine = itemsOf(call, part);
    return [...rest, ...(await this.claimAndCall(line, run, { part: mine, node, call, reservationId }))];
  }

  /** The calls that the items make at a node; a sentence when they cannot be put on the wire. */
  private encode(run: BatchRun, part: Part, nodeId: string): WireCall[] | string {
    try {
      return run.operation.encode(
        part.map(({ wire }) => wire),
        nodeId,
      );
    } catch (error) {
      return `cannot be written for ${nodeId}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  private unsendable(line: SendingLine, run: BatchRun, part: Part, message: string): Promise<void> {
    return this.ends.endAll(line, run, part, { state: 'dead', reason: 'unsendable', message });
  }

  /** Each call's items as a part of their own, with a decision of their own. */
  private split(run: BatchRun, part: Part, calls: readonly WireCall[], more = calls.length - 1): Part[] {
    run.openParts += more;
    return calls.map((call) => itemsOf(call, part));
  }

  private async claimAndCall(line: SendingLine, run: BatchRun, sending: Sending): Promise<readonly Part[]> {
    const { part, node, reservationId } = sending;
    const timeoutMs = this.settings.batchProviderTimeoutMs;
    const claimId = randomUUID();
    const askedAtMs = performance.now();
    const attempts = await this.items.claim({
      claimId,
      batchId: run.batchId,
      claimedBy: this.hosted.replicaId,
      nodeId: node.nodeId,
      leaseMs: timeoutMs + CLAIM_MARGIN_MS,
      leftAtMs: run.leftAtMs,
      requestIds: part.map(({ item }) => item.requestId),
    });
    const claimed = part.filter(({ item }) => attempts.has(item.requestId));
    const lost = part.filter(({ item }) => !attempts.has(item.requestId));
    // Somebody else has ended them, or sends them now.
    if (lost.length > 0) await this.orphans.part(line, lost);
    if (claimed.length === 0) return done(this.ends.close(run));
    const wires = claimed.map(({ wire }) => wire);
    const [call] = lost.length === 0 ? [sending.call] : run.operation.encode(wires, node.nodeId);
    if (call === undefined) throw new Error('a claim without a call');
    run.nodeId = node.nodeId;
    run.coordinationId = node.coordinationId;
    const leastAttempt = Math.min(...attempts.values());
    if (leastAttempt === 1) line.retryBudget.deposit(this.clock.nowMs());
    // What the claim took counts: by the end of the lease the call is over.
    const end = await this.provider.call(
      run.operation,
      call,
      node,
      timeoutMs - (performance.now() - askedAtMs),
    );
    const costMicroUsd = this.reports.report({ run, node, call, end, reservationId });
    run.called(end.requests, end.requests * call.billableUnits, costMicroUsd, leastAttempt > 1);
    run.learn(end.outcome, end.latencyMs);
    if (end.outcome === 'rate_limited') line.penalise(part, end.retryAfterMs);
    const nowMs = this.clock.nowMs();
    const judged = judge({ run, line, call, end, claimed, claimId, attempts, node, nowMs });
    if (judged.kind === 'ends') return done(this.ends.write(line, run, judged));
    return this.bisected(run, claimed, judged.released, call, end);
  }

  private async bisected(
    run: BatchRun,
    claimed: Part,
    released: readonly ReleasedItem[],
    call: WireCall,
    end: CallEnd,
  ): Promise<Part[]> {
    run.bisected();
    const last = end.responses.at(-1);
    const wires = claimed.map(({ wire }) => wire);
    const culprits = last === undefined ? [] : (run.operation.culprits?.(call, last, wires) ?? []);
    const ids = claimed.map(({ item }) => item.requestId);
    const parts = bisect(ids, culprits).map((some) =>
      claimed.filter(({ item }) => some.includes(item.requestId)),
    );
    run.openParts += parts.length;
    await this.ends.unclaim(run, released);
    return parts;
  }
}

type Part = readonly HeldItem[];

function itemsOf(call: WireCall, part: Part): Part {
  const ids = new Set(call.itemIds);
  return part.filter(({ item }) => ids.has(item.requestId));
}

/** Nothing is left to be sent. */
async function done(work: Promise<void>): Promise<readonly Part[]> {
  await work;
  return [];
}

interface Sending {
  part: readonly HeldItem[];
  node: ChosenNode;
  call: WireCall;
  reservationId: string | null;
}
