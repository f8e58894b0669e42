import { SignalboxError } from '@signalbox/contracts';
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify';
import type { PlatformSettings } from '../settings/platform-settings.js';
import type { AccessRule, RouteRule } from './access.js';
import type { Caller } from './caller.js';
import { FailureAllowance } from './failure-allowance.js';
import type { RateLimiter, Verdict } from './rate-limiter.js';
import type { TokenVerifier } from './token-verifier.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the gate has admitted the request; null on public routes. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    rule?: RouteRule;
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

  constructor(
    private readonly verifier: TokenVerifier,
    private readonly limiter: RateLimiter,
    private readonly serviceLimits: ServiceLimits,
  ) {}

  /** The gate of one route. `endpoint` names it in the limiter's keys. */
  hookFor(rule: RouteRule, endpoint: string): onRequestHookHandler {
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
        .then((verdict) => done(counted(reply, verdict) ?? undefined), done);
    };
  }

  private tokenHook(rule: AccessRule, endpoint: string): onRequestHookHandler {
    return (request, reply, done) => {
      const token = bearerToken(request.headers.authorization);
      if (token === null) {
        done(this.failed(`token:${request.ip}`, reply, unauthenticated()));
        return;
      }
      const caller = this.verifier.recall(token);
      if (caller !== undefined) this.admit(rule, endpoint, caller, request, reply, done);
      else void this.admitUnknown(rule, endpoint, token, request, reply, done);
    };
  }

  private async admitUnknown(
    rule: AccessRule,
    endpoint: string,
    token: string,
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): Promise<void> {
    const address = `token:${request.ip}`;
    // Checked before the signature is, so that guessing costs us no cryptography beyond the allowance.
    if (this.failures.isSpent(address)) {
      done(this.failed(address, reply, unauthenticated()));
      return;
    }
    try {
      const caller = await this.verifier.verify(token);
      this.admit(rule, endpoint, caller, request, reply, done);
    } catch (error) {
      const known = error instanceof SignalboxError && error.status === 401;
      done(known ? this.failed(address, reply, error) : (error as Error));
    }
  }

  private admit(
    rule: AccessRule,
    endpoint: string,
    caller: Caller,
    request: FastifyRequest,
    reply: FastifyReply,
    done: HookHandlerDoneFunction,
  ): void {
    request.caller = caller;
    const key = `${endpoint} ${caller.role}:${caller.subject}`;
    const limit = this.limitOf(rule, caller);
    if (rule.hot === true) {
      done(decided(rule, caller, reply, this.limiter.takeHot(key, limit)));
      return;
    }
    this.limiter.take(key, limit).then((verdict) => done(decided(rule, caller, reply, verdict)), done);
  }

  private limitOf(rule: AccessRule, caller: Caller): number {
    if (caller.role !== 'service') return rule.perMinute;
    return rule.hot === true
      ? this.serviceLimits.serviceHotLimitPerMinute
      : this.serviceLimits.serviceLimitPerMinute;
  }

  private failed(address: string, reply: FastifyReply, failure: SignalboxError): SignalboxError {
    return counted(reply, this.failures.take(address)) ?? failure;
  }
}

/** Counted before the role is checked, so that a refused caller cannot knock for nothing either. */
function decided(
  rule: AccessRule,
  caller: Caller,
  reply: FastifyReply,
  verdict: Verdict,
): SignalboxError | undefined {
  const limited = counted(reply, verdict);
  if (limited !== undefined) return limited;
  if (rule.roles.includes(caller.role)) return undefined;
  return new SignalboxError('FORBIDDEN', `This needs the role ${rule.roles.join(', ')}`);
}

/** Puts the verdict on the answer; the failure when it is a refusal. */
function counted(reply: FastifyReply, verdict: Verdict): SignalboxError | undefined {
  reply.header('x-ratelimit-limit', verdict.limit);
  reply.header('x-ratelimit-remaining', verdict.remaining);
  reply.header('x-ratelimit-reset', verdict.resetSeconds);
  if (verdict.local) reply.header('x-ratelimit-scope', 'local');
  if (verdict.allowed) return undefined;
  const message = `More than ${verdict.limit} requests in a minute`;
  return new SignalboxError('RATE_LIMITED', message, { limit: verdict.limit }, verdict.resetSeconds);
}

function unauthenticated(): SignalboxError {
  return new SignalboxError('UNAUTHENTICATED', 'A bearer token is required');
}

/** RFC 6750: the scheme is case-insensitive. */
function bearerToken(header: string | undefined): string | null {
  if (header === undefined || header.length < 8) return null;
  return header.slice(0, 7).toLowerCase() === 'bearer ' ? header.slice(7).trim() : null;
}
