import { SignalboxError } from '@signalbox/contracts';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify';
import type { Socket } from 'node:net';
import type { PlatformSettings } from '../settings/platform-settings.js';
import type { AccessRule, RouteRule } from './access.js';
import type { Caller } from './caller.js';
import { FailureAllowance } from './failure-allowance.js';
import type { RateLimiter, Verdict } from './rate-limiter.js';
import type { TokenVerifier, Verified } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the gate has recognised the caller; null on public routes. */
    caller: Caller | null;
  }
}

type ServiceLimits = Pick<PlatformSettings, 'serviceLimitPerMinute' | 'serviceHotLimitPerMinute'>;

/**
 * Authenticates, counts and checks the role of each request, before its body is read. A hook of the server
 * and not a Nest guard: a guard costs several promises a request and runs after the body has been parsed. A
 * token seen before on a hot route passes without a single promise.
 */
export class AccessGate {
  private readonly failures = new FailureAllowance();
  /** The last header of each open connection: services keep theirs, and comparing is cheaper than hashing. */
  private readonly lastSeen = new WeakMap<Socket, { header: string; verified: Verified }>();

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly limiter: RateLimiter,
    private readonly serviceLimits: ServiceLimits,
  ) {}

  /** The gate of one route. `endpoint` names it in the limiter's keys. */
  hookFor(rule: Exclude<RouteRule, { raw: true }>, endpoint: string): onRequestHookHandler {
    return rule.roles === null ? this.publicHook(rule.perMinute, endpoint) : this.tokenHook(rule, endpoint);
  }

  /** Counts a request that no route takes. The answer is a failure whatever the verdict. */
  refuseUnknownPath(request: FastifyRequest, reply: FastifyReply): SignalboxError {
    const notFound = new SignalboxError('NOT_FOUND', 'There is nothing at this path');
    return this.failed(`path:${request.ip}`, reply, notFound);
  }

  private publicHook(perMinute: number, endpoint: string): onRequestHookHandler {
    return (request, reply, done) => {
      this.limiter
        .take(`${endpoint} ip:${request.ip}`, perMinute)
        .then((verdict) => done(counted(reply, verdict)))
        .catch(done);
    };
  }

  private tokenHook(rule: AccessRule, endpoint: string): onRequestHookHandler {
    const admit = this.admitter(rule, endpoint);
    return (request, reply, done) => {
      const header = request.headers.authorization;
      const token = bearerToken(header);
      if (header === undefined || token === null) {
        done(this.failed(`token:${request.ip}`, reply, unauthenticated()));
        return;
      }
      const known = this.recall(request.raw.socket, header, token);
      if (known !== undefined) admit(known.caller, request, reply, done);
      else
        this.verify(token, request, reply)
          .then((caller) => admit(caller, request, reply, done))
          .catch(done);
    };
  }

  private recall(socket: Socket, header: string, token: string): Verified | undefined {
    const last = this.lastSeen.get(socket);
    if (last?.header === header && this.verifier.isCurrent(last.verified)) return last.verified;
    const verified = this.verifier.recall(token);
    if (verified !== undefined) this.lastSeen.set(socket, { header, verified });
    return verified;
  }

  private async verify(token: string, request: FastifyRequest, reply: FastifyReply): Promise<Caller> {
    const address = `token:${request.ip}`;
    // Checked before the signature is, so that guessing costs us no cryptography beyond the allowance.
    if (this.failures.isSpent(address)) throw this.failed(address, reply, unauthenticated());
    try {
      return (await this.verifier.verify(token)).caller;
    } catch (error) {
      const refused = error instanceof SignalboxError && error.status === 401;
      throw refused ? this.failed(address, reply, error) : error;
    }
  }

  /** Counted before the role is checked, so that a refused caller cannot knock for nothing either. */
  private admitter(rule: AccessRule, endpoint: string): Admit {
    const keys = new WeakMap<Caller, string>();
    const { limiter } = this;
    const decide = (caller: Caller, reply: FastifyReply, verdict: Verdict) =>
      counted(reply, verdict) ?? (rule.roles.includes(caller.role) ? undefined : forbidden(rule));
    const keyOf = (caller: Caller): string => {
      const key = keys.get(caller) ?? `${endpoint} ${caller.role}:${caller.subject}`;
      keys.set(caller, key);
      return key;
    };
    return (caller, request, reply, done) => {
      request.caller = caller;
      const limit = this.limitOf(rule, caller);
      if (rule.hot === true) {
        done(decide(caller, reply, limiter.takeHot(keyOf(caller), limit)));
        return;
      }
      limiter
        .take(keyOf(caller), limit)
        .then((verdict) => done(decide(caller, reply, verdict)))
        .catch(done);
    };
  }

  private limitOf(rule: AccessRule, caller: Caller): number {
    if (caller.role !== 'service') return rule.perMinute;
    const { serviceHotLimitPerMinute, serviceLimitPerMinute } = this.serviceLimits;
    return rule.hot === true ? serviceHotLimitPerMinute : serviceLimitPerMinute;
  }

  private failed(address: string, reply: FastifyReply, failure: SignalboxError): SignalboxError {
    return counted(reply, this.failures.take(address)) ?? failure;
  }
}

type Admit = (
  caller: Caller,
  request: FastifyRequest,
  reply: FastifyReply,
  done: HookHandlerDoneFunction,
) => void;

/** Puts the verdict on the answer; the failure when it is a refusal. */
export function counted(reply: FastifyReply, verdict: Verdict): SignalboxError | undefined {
  reply.header('x-ratelimit-limit', verdict.limit);
  reply.header('x-ratelimit-remaining', verdict.remaining);
  const resetSeconds = Math.ceil(verdict.resetMs / 1000);
  reply.header('x-ratelimit-reset', resetSeconds);
  if (verdict.scope === 'local') reply.header('x-ratelimit-scope', 'local');
  if (verdict.allowed) return undefined;
  const message = `More than ${verdict.limit} requests in a minute`;
  return new SignalboxError('RATE_LIMITED', message, { limit: verdict.limit }, resetSeconds);
}

function unauthenticated(): SignalboxError {
  return new SignalboxError('UNAUTHENTICATED', 'A bearer token is required');
}

function forbidden(rule: AccessRule): SignalboxError {
  return new SignalboxError('FORBIDDEN', `This needs one of the roles ${rule.roles.join(', ')}`);
}

/** RFC 6750: the scheme is case-insensitive. */
function bearerToken(header: string | undefined): string | null {
  if (header === undefined || header.length < 8) return null;
  return header.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : null;
}
