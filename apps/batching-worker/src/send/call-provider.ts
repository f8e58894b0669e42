import { Inject, Injectable } from '@nestjs/common';
import {
  authorize,
  judgeCall,
  meterEventSession,
  meterEventSessionRequest,
  needsMeterEventSession,
  type CallVerdict,
  type HttpRequest,
  type HttpResponse,
  type MeterEventSession,
  type Operation,
  type WireCall,
} from '@signalbox/batching';
import type { OutcomeKind } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { Clock } from '@signalbox/statistics';
import type { ChosenNode } from './choose-node.js';
import { NodeCredentials } from './node-credentials.js';
import { ProviderHttp, type Exchange } from './provider-http.js';

/** Pages of one answer at most: 200 vehicles come in one or two. */
const MOST_PAGES = 50;

/** What came of a call, all pages of its answer included. */
export interface CallEnd {
  outcome: OutcomeKind;
  /** Null when no answer came. */
  statusCode: number | null;
  message: string;
  retryAfterMs: number | null;
  neverSent: boolean;
  responses: HttpResponse[];
  /** HTTP requests sent for it. */
  requests: number;
  latencyMs: number;
}

/** Makes one call at a node: with its credential, through all pages, inside its time. */
@Injectable()
export class CallProvider {
  private readonly sessions = new Map<string, MeterEventSession>();

  constructor(
    private readonly http: ProviderHttp,
    private readonly credentials: NodeCredentials,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Whether the node's credential can be read: rejects before anything is claimed or sent. */
  async prepare(node: ChosenNode): Promise<void> {
    await this.credentials.of(node.nodeId);
  }

  /** Never rejects: a request that cannot be made, for want of a fitting credential, was never sent. */
  async call(operation: Operation, call: WireCall, node: ChosenNode, timeoutMs: number): Promise<CallEnd> {
    const startedMs = performance.now();
    const leftMs = () => timeoutMs - (performance.now() - startedMs);
    const secrets = await this.credentials.of(node.nodeId);
    const responses: HttpResponse[] = [];
    let requests = 0;
    const exchange = async (request: HttpRequest): Promise<Exchange> => {
      requests += 1;
      return this.http.exchange(node.baseUrl, request, leftMs());
    };
    const end = (judged: Omit<CallEnd, 'responses' | 'requests' | 'latencyMs'>): CallEnd => ({
      ...judged,
      responses,
      requests,
      latencyMs: performance.now() - startedMs,
    });
    for (let page: WireCall | null = call; page !== null;) {
      const answer: Exchange = await this.authorized(operation, page.request, node, secrets, exchange).catch(
        notMade,
      );
      if (!answer.answered) {
        const { outcome, message } = answer;
        const neverSent = answer.neverSent && responses.length === 0;
        return end({ outcome, statusCode: null, message, retryAfterMs: null, neverSent });
      }
      const response: HttpResponse = answer.response;
      responses.push(response);
      const verdict: CallVerdict = judgeCall(operation, page, response, this.clock.nowMs());
      const next: WireCall | null =
        verdict.outcome === 'success' && responses.length < MOST_PAGES
          ? (operation.next?.(page, response) ?? null)
          : null;
      if (next === null) return end({ ...verdict, neverSent: false });
      page = next;
    }
    throw new Error('unreachable');
  }

  /** With the newest credential; with an older one that still works where the provider does not know the newest yet. */
  private async authorized(
    operation: Operation,
    request: HttpRequest,
    node: ChosenNode,
    secrets: readonly string[],
    exchange: (request: HttpRequest) => Promise<Exchange>,
  ): Promise<Exchange> {
    const [newest, ...older] = secrets;
    if (newest === undefined) return exchange(request);
    const withSecret = async (secret: string): Promise<Exchange> => {
      const credential = needsMeterEventSession(request)
        ? await this.sessionToken(node, secret, exchange)
        : { token: secret };
      if (!('token' in credential)) return credential;
      return exchange(authorize(request, operation.service, node.nodeId, credential.token));
    };
    let answer = await withSecret(newest);
    for (const secret of older) {
      if (!answer.answered || answer.response.status !== 401) break;
      this.sessions.delete(node.nodeId);
      answer = await withSecret(secret);
    }
    if (answer.answered && answer.response.status === 401) this.sessions.delete(node.nodeId);
    return answer;
  }

  /** Stripe's stream of meter events takes a session's token in place of the key. */
  private async sessionToken(
    node: ChosenNode,
    secret: string,
    exchange: (request: HttpRequest) => Promise<Exchange>,
  ): Promise<{ token: string } | Exchange> {
    const known = this.sessions.get(node.nodeId);
    if (known !== undefined && known.renewAtMs > this.clock.nowMs()) return known;
    const answer = await exchange(authorize(meterEventSessionRequest, 'stripe', node.nodeId, secret));
    // Whatever went wrong here, the events themselves were never sent.
    if (!answer.answered) return { ...answer, neverSent: true };
    const session = meterEventSession(answer.response);
    if (session === null) return answer;
    this.sessions.set(node.nodeId, session);
    return session;
  }
}

function notMade(error: unknown): Exchange {
  const message = error instanceof Error ? error.message : String(error);
  return { answered: false, outcome: 'connection_error', neverSent: true, message };
}
