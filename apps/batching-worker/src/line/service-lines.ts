import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { CLOCK, HOSTED, RNG, type Hosted } from '@signalbox/hosting';
import { SharedPacer } from '@signalbox/redis';
import type { Clock, Rng } from '@signalbox/statistics';
import { LivePolicies } from '../policies/live-policies.js';
import { NodeCatalog } from '../send/node-catalog.js';
import { SendBatch } from '../send/send-batch.js';
import { AnsweredReads } from './answered-reads.js';
import { ServiceLine } from './service-line.js';
import { ShareAnswer } from './share-answer.js';

/** The lines of this process, one a service. */
@Injectable()
export class ServiceLines {
  private readonly lines: ReadonlyMap<ServiceName, ServiceLine>;

  constructor(
    policies: LivePolicies,
    sender: SendBatch,
    share: ShareAnswer,
    answered: AnsweredReads,
    pacer: SharedPacer,
    catalog: NodeCatalog,
    @Inject(CLOCK) clock: Clock,
    @Inject(RNG) rng: Rng,
    @Inject(HOSTED) hosted: Hosted,
  ) {
    const process = `${hosted.replicaId.replaceAll(/[^A-Za-z0-9_-]/g, '-')}-${randomUUID().slice(0, 8)}`;
    let batches = 0;
    const lineOf = (serviceName: ServiceName) =>
      new ServiceLine({
        serviceName,
        policy: policies.policyOf(serviceName),
        send: (line, run) => sender.send(line, run),
        share,
        answered,
        pacer,
        unitPriceMicroUsd: () => catalog.unitPriceMicroUsd(serviceName),
        newBatchId: () => `batch_${process.slice(0, 60)}_${(batches++).toString(36)}`,
        clock,
        rng,
      });
    this.lines = new Map(SERVICE_NAMES.map((serviceName) => [serviceName, lineOf(serviceName)]));
    policies.onApplied((serviceName) => this.of(serviceName).adopt(policies.policyOf(serviceName)));
  }

  of(serviceName: ServiceName): ServiceLine {
    return this.lines.get(serviceName) as ServiceLine;
  }

  all(): [ServiceName, ServiceLine][] {
    return [...this.lines];
  }
}
