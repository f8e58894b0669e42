import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery } from '@nestjs/swagger';
import { SignalboxError, SERVICE_NAMES, type Contract, type ServiceName } from '@signalbox/contracts';
import type { FastifyRequest } from 'fastify';
import type { TObject, TSchema } from 'typebox';
import { assertMayTouch, isServiceName, type Caller as CallerClaims } from '../access/caller.js';
import { defaultOf, fromText } from '../settings/text-values.js';

/**
 * Parameters of a route. Whatever names a service (a body's or a query's `serviceName`, a path parameter) is
 * checked against the `services` of the caller's token here, so that no route can forget to.
 */

type MethodOf = (target: object, key: string | symbol, descriptor: PropertyDescriptor) => void;

/** A parameter decorator that also tells OpenAPI about the route it stands on. */
function documented(parameter: ParameterDecorator, ...docs: MethodOf[]): ParameterDecorator {
  return (target, key, index) => {
    parameter(target, key, index);
    if (key === undefined) return;
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (descriptor !== undefined) docs.forEach((doc) => doc(target, key, descriptor));
  };
}

function requestOf(context: ExecutionContext): FastifyRequest {
  return context.getArgByIndex<FastifyRequest>(0);
}

function allowed<T>(request: FastifyRequest, value: T): T {
  const service = (value as { serviceName?: unknown }).serviceName;
  if (request.caller !== null && isServiceName(service)) assertMayTouch(request.caller, service);
  return value;
}

const body = createParamDecorator((contract: Contract<TSchema>, context: ExecutionContext) => {
  const request = requestOf(context);
  return allowed(request, contract.parse(request.body));
});

/** The request's body, checked. VALIDATION_FAILED names every bad field. */
export function ValidBody(contract: Contract<TSchema>): ParameterDecorator {
  return documented(body(contract), ApiBody({ schema: contract.schema }) as MethodOf);
}

const query = createParamDecorator((contract: Contract<TObject>, context: ExecutionContext) => {
  const request = requestOf(context);
  return allowed(
    request,
    contract.parse(fromQuery(contract.schema, request.query as Record<string, unknown>)),
  );
});

/** The query string, numbers and booleans read by the schema, defaults filled in, checked. */
export function ValidQuery(contract: Contract<TObject>): ParameterDecorator {
  const required = new Set<string>(contract.schema.required);
  const docs = Object.entries(contract.schema.properties).map(
    ([name, schema]) => ApiQuery({ name, required: required.has(name), schema }) as MethodOf,
  );
  return documented(query(contract), ...docs);
}

function fromQuery(schema: TObject, given: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...given };
  for (const [name, property] of Object.entries(schema.properties)) {
    const value = values[name];
    if (typeof value === 'string') values[name] = fromText(property, value);
    else if (value === undefined && defaultOf(property) !== undefined) values[name] = defaultOf(property);
  }
  return values;
}

const service = createParamDecorator((name: string, context: ExecutionContext): ServiceName => {
  const request = requestOf(context);
  const value = (request.params as Record<string, string>)[name];
  if (!isServiceName(value)) throw new SignalboxError('UNKNOWN_SERVICE', 'There is no service of this name');
  if (request.caller !== null) assertMayTouch(request.caller, value);
  return value;
});

/** A service named in the path: UNKNOWN_SERVICE when it is none of ours. */
export function ServiceParam(name = 'serviceName'): ParameterDecorator {
  return documented(service(name), ApiParam({ name, enum: [...SERVICE_NAMES] }) as MethodOf);
}

/** Who calls: `@Caller() caller: Caller`. Only on routes with `@Access`. */
export type Caller = CallerClaims;
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): CallerClaims => {
  const { caller } = requestOf(context);
  if (caller === null) throw new Error('@Caller() on a route without @Access');
  return caller;
});
