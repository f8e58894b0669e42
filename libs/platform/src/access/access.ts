import { applyDecorators, HttpCode } from '@nestjs/common';
import { HTTP_CODE_METADATA } from '@nestjs/common/constants.js';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiExtension } from '@nestjs/swagger';
import type { Role } from '@signalbox/contracts';

/** Who may call a route and how often. `roles` is a plain set: a higher role is not implied by a lower one. */
export interface AccessRule {
  readonly roles: readonly Role[];
  /** For people, per caller and endpoint; `service` tokens have their own limit in the settings. */
  readonly perMinute: number;
  /** The decision path: admitted without waiting, logged only when slow or failed. */
  readonly hot?: boolean;
}

/** Anybody may call the route; counted by address. */
interface PublicRule {
  readonly roles: null;
  readonly perMinute: number;
}

/**
 * Anybody may call the route, whose method is handed the request before its body is read: it says itself who is let
 * in, how often, and how much of the body is taken.
 */
interface RawRule {
  readonly roles: null;
  readonly raw: true;
}

export type RouteRule = AccessRule | PublicRule | RawRule;

export const ROLES_EXTENSION = 'x-roles';
export const LIMIT_EXTENSION = 'x-limit-per-minute';

/** Declares who may call the route. Every route has this or {@link PublicAccess}, or the app does not start. */
export function Access(rule: AccessRule): MethodDecorator {
  return applyDecorators(
    (target: object, name: string | symbol, descriptor: PropertyDescriptor) =>
      RouteConfig({ rule, action: { controller: target.constructor, name } })(target, name, descriptor),
    ApiBearerAuth(),
    ApiExtension(ROLES_EXTENSION, rule.roles),
    ApiExtension(LIMIT_EXTENSION, rule.perMinute),
    answers200,
  );
}

/** Declares a route open to anybody. */
export function PublicAccess(limit: { readonly perMinute: number }): MethodDecorator {
  return applyDecorators(
    RouteConfig({ rule: { roles: null, perMinute: limit.perMinute } }),
    ApiExtension(LIMIT_EXTENSION, limit.perMinute),
    answers200,
  );
}

/**
 * Declares a route open to anybody whose method takes the request as it is: `@Raw() request: RawRequest`, beside it
 * `@ServiceParam`. No token, no limit and no parsing happens before it.
 */
export function RawAccess(): MethodDecorator {
  return applyDecorators(
    (target: object, name: string | symbol, descriptor: PropertyDescriptor) =>
      RouteConfig({
        rule: { roles: null, raw: true } satisfies RawRule,
        action: { controller: target.constructor, name },
      })(target, name, descriptor),
    answers200,
  );
}

/** The contract answers POST with 200; Nest would say 201. A status declared on the route stays. */
const answers200: MethodDecorator = (target, key, descriptor) => {
  const handler = descriptor.value as object;
  if (Reflect.getMetadata(HTTP_CODE_METADATA, handler) === undefined) HttpCode(200)(target, key, descriptor);
};
