import assert from 'node:assert/strict';
import type { BatchAccepted, BatchRequest, BatchRequestView } from '@signalbox/contracts';
import type { CallOptions, RestApi } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';

const ENDS = ['succeeded', 'failed', 'dead', 'discarded'];

/** Accepted, or a failed assertion. */
export async function accept(
  api: RestApi,
  request: BatchRequest,
  options: CallOptions = {},
): Promise<string> {
  const answer = await api.post<BatchAccepted>('/external-services/batch-request', request, options);
  assert.equal(answer.status, 202, JSON.stringify(answer.body));
  return answer.data.requestId;
}

export async function viewOf(
  api: RestApi,
  requestId: string,
  options: CallOptions = {},
): Promise<BatchRequestView> {
  return (await api.get<BatchRequestView>(`/external-services/batch-request/${requestId}`, options)).data;
}

/** The request once it has ended. */
export function ended(api: RestApi, requestId: string, timeoutMs = 30_000): Promise<BatchRequestView> {
  return eventually(
    async () => {
      const view = await viewOf(api, requestId);
      assert.ok(ENDS.includes(view.state), JSON.stringify(view));
      return view;
    },
    { timeoutMs },
  );
}

export function allEnded(api: RestApi, requestIds: readonly string[], timeoutMs?: number) {
  return Promise.all(requestIds.map((requestId) => ended(api, requestId, timeoutMs)));
}

export function aMail(to: string, overrides: Record<string, unknown> = {}): BatchRequest {
  return {
    serviceName: 'sendgrid',
    operation: 'mail_send',
    priority: 'MEDIUM',
    payload: {
      personalizations: [{ to: [{ email: to }] }],
      from: { email: 'billing@example.com' },
      subject: 'Your invoice',
      content: [{ type: 'text/plain', value: 'Enclosed.' }],
      ...overrides,
    },
  };
}

export function aRecord(name: string, baseId = 'appAAAAAAAAAAAAAA'): BatchRequest {
  return {
    serviceName: 'airtable',
    operation: 'create_records',
    priority: 'MEDIUM',
    payload: { baseId, table: 'Orders', records: [{ fields: { Name: name } }] },
  };
}

export function aRead(path: string, overrides: Partial<BatchRequest> = {}): BatchRequest {
  return {
    serviceName: 'stripe',
    operation: 'request',
    priority: 'MEDIUM',
    payload: { method: 'GET', path },
    ...overrides,
  };
}

export function aMessage(to: string): BatchRequest {
  return {
    serviceName: 'twilio',
    operation: 'send_message',
    priority: 'MEDIUM',
    payload: { To: to, From: '+15005550006', Body: `Hello ${to}` },
  };
}
