import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignalboxError, type BatchRequest, type BatchRequestView } from '@signalbox/contracts';
import { BatchHandle } from './batch.js';
import { unavailable } from './transport.js';

const REQUEST: BatchRequest = {
  serviceName: 'stripe',
  operation: 'request',
  payload: { method: 'GET', path: '/v1/charges' },
  priority: 'MEDIUM',
  idempotencyKey: 'order-1',
};

function aView(overrides: Partial<BatchRequestView> = {}): BatchRequestView {
  return {
    requestId: 'breq_1',
    serviceName: 'stripe',
    operation: 'request',
    priority: 'MEDIUM',
    state: 'succeeded',
    acceptedAt: '2026-01-15T12:00:00.000Z',
    leftAt: null,
    waitMs: null,
    endedAt: null,
    attempts: 1,
    nextAttemptAt: null,
    batchId: null,
    nodeId: null,
    duplicateOf: null,
    result: { statusCode: 200, body: { fine: true } },
    error: null,
    ...overrides,
  };
}

/** Answers in turn; the last one for ever. What is thrown is an Error. */
function signalbox(accepts: unknown[], views: unknown[] = []) {
  const asked: BatchRequest[] = [];
  const waits: number[] = [];
  const next = <T>(answers: unknown[]): Promise<T> => {
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as T);
  };
  return {
    asked,
    waits,
    acceptBatch: (request: BatchRequest, waitMs: number) => {
      asked.push(request);
      waits.push(waitMs);
      return next<BatchRequestView>(accepts);
    },
    batchRequest: (_requestId: string, waitMs: number) => {
      waits.push(waitMs);
      return next<BatchRequestView>(views);
    },
  };
}

const ACCEPTED = { requestId: 'breq_1', state: 'queued', position: 3 };

describe('BatchHandle', () => {
  it('hands over a second time under the same key when the answer was lost', async () => {
    const transport = signalbox([unavailable('gone'), unavailable('gone'), ACCEPTED]);
    const handle = await BatchHandle.accept(transport, REQUEST, 0);
    assert.equal(handle.requestId, 'breq_1');
    assert.deepEqual(
      new Set(transport.asked.map(({ idempotencyKey }) => idempotencyKey)),
      new Set(['order-1']),
    );
  });

  it('takes a refusal for what it is, at once', async () => {
    const transport = signalbox([new SignalboxError('CONFLICT', 'the key belongs to another request')]);
    await assert.rejects(BatchHandle.accept(transport, REQUEST, 0), { code: 'CONFLICT' });
    assert.equal(transport.asked.length, 1);
  });

  it('has the end at once when it was waited for', async () => {
    const transport = signalbox([aView()], [new Error('nobody needs to ask')]);
    const handle = await BatchHandle.accept(transport, REQUEST, 5_000);
    assert.equal(handle.hasEnded, true);
    assert.deepEqual((await handle.result()).result, { statusCode: 200, body: { fine: true } });
    assert.deepEqual(transport.waits, [5_000]);
  });

  it('asks until the end, waiting at Signalbox and not in a loop of its own', async () => {
    const transport = signalbox(
      [ACCEPTED],
      [aView({ state: 'queued' }), aView({ state: 'sending' }), aView()],
    );
    const handle = await BatchHandle.accept(transport, REQUEST, 0);
    assert.equal((await handle.result(90_000)).state, 'succeeded');
    assert.deepEqual(transport.waits, [0, 30_000, 30_000, 30_000]);
    assert.equal(handle.state, 'succeeded');
  });

  it('gives up asking after its time, and says how the request stands', async () => {
    const transport = signalbox([ACCEPTED], [aView({ state: 'retrying' })]);
    const handle = await BatchHandle.accept(transport, REQUEST, 0);
    await assert.rejects(handle.result(0), { code: 'DEPENDENCY_UNAVAILABLE', message: /still retrying/ });
  });
});
