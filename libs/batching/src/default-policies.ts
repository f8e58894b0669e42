import type { BatchPolicy, ServiceName } from '@signalbox/contracts';
import { toMicroUsd } from '@signalbox/contracts';
import type { AssemblerPolicy } from './assembler/assembler.js';

const MIB = 1024 ** 2;

/**
 * The batch policies that ship. Beside the published bounds: bytes are what each provider documents for a request,
 * or 1 MiB; target latencies are those of the catalog's services; rates are the providers' own where they publish
 * one that batching has to keep.
 */
export const defaultBatchPolicies: Readonly<Record<ServiceName, Required<BatchPolicy>>> = {
  stripe: policy({
    maxItems: 100,
    maxWaitMs: 2_000,
    costBoundUsd: 0.05,
    targetLatencyMs: 400,
    requestsPerSecond: 100,
  }),
  samsara: policy({
    maxItems: 200,
    maxWaitMs: 3_000,
    costBoundUsd: 0.02,
    targetLatencyMs: 2_000,
    requestsPerSecond: 50,
  }),
  maps: policy({
    maxItems: 25,
    maxWaitMs: 1_500,
    costBoundUsd: 0.5,
    targetLatencyMs: 400,
    requestsPerSecond: 10,
  }),
  twilio: policy({
    maxItems: 50,
    maxWaitMs: 1_000,
    costBoundUsd: 2,
    targetLatencyMs: 600,
    requestsPerSecond: 100,
  }),
  sendgrid: policy({
    maxItems: 1_000,
    maxWaitMs: 5_000,
    costBoundUsd: 0.1,
    targetLatencyMs: 500,
    requestsPerSecond: 100,
    maxBytes: 30 * MIB,
  }),
  airtable: policy({
    maxItems: 10,
    maxWaitMs: 2_000,
    costBoundUsd: 0.01,
    targetLatencyMs: 600,
    requestsPerSecond: 5,
  }),
};

function policy(
  own: Omit<Required<BatchPolicy>, 'maxBytes' | 'maxAttempts' | 'enabled'> & { maxBytes?: number },
): Required<BatchPolicy> {
  return { maxBytes: MIB, maxAttempts: 5, enabled: true, ...own };
}

/** With fewer expected, most batches would wait for nobody. */
const WORTH_WAITING = 0.3;
/** Items that one process holds at most of a service. */
const MAX_WAITING = 50_000;

/** A policy as the assembler takes it; what it leaves open is as shipped. */
export function assemblerPolicy(
  service: ServiceName,
  policy: BatchPolicy,
  maxWaiting = MAX_WAITING,
): AssemblerPolicy {
  const shipped = defaultBatchPolicies[service];
  return {
    maxItems: policy.maxItems,
    maxWaitMs: policy.maxWaitMs,
    maxBytes: policy.maxBytes ?? shipped.maxBytes,
    maxCostMicroUsd: toMicroUsd(policy.costBoundUsd),
    targetLatencyMs: policy.targetLatencyMs ?? shipped.targetLatencyMs,
    worthWaiting: WORTH_WAITING,
    maxWaiting,
  };
}
