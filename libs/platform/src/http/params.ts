import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery } from '@nestjs/swagger';
import { SignalboxError, SERVICE_NAMES, type Contract } from '@signalbox/contracts';
import type { FastifyRequest } from 'fastify';
import type { TObject, TProperties } from 'typebox';
import { assertMayTouch, isServiceName, type Caller as CallerClaims } from '../access/caller.js';
import { defaultOf, fromText } from '../settings/text-values.js';

/**
 * Parameters of a route. Whatever names a service (a body's or a query's `serviceName`, a path parameter) is
 * checked against the `services` of the caller's token here, so that no route can forget to.
 */

/** Reads one argument of a route's method from its request; throws the failure to answer with. */
export type ArgumentReader = (request: FastifyRequest) => unknown;

const READERS = Symbol('argument readers');

/** The readers of a method's arguments in their order; undefined when one has no decorator of this file. */
export function argumentReaders(controller: object, method: string): ArgumentReader[] | undefined {
  const readers = (Reflect.getMetadata(READERS, controller, method) as ArgumentReader[] | undefined) ?? [];
  const handler = (controller as Record<string, (...args: unknown[]) => unknown>)[method];
  return handler !== undefined && Object.keys(readers).length === handler.length ? readers : undefined;
}

type MethodDecoration = (target: object, key: string, descriptor: PropertyDescriptor) => void;

const nestParameter = createParamDecorator((read: ArgumentReader, context: ExecutionContext) =>
  read(context.getArgByIndex<FastifyRequest>(0)),
);

/** A parameter decorator for Nest and for hot routes, which also tells OpenAPI about the route it stands on. */
function parameter(read: ArgumentReader, ...docs: MethodDecoration[]): ParameterDecorator {
  return (target, key, index) => {
    if (typeof key !== 'string') throw new Error('This decorator stands on parameters of methods');
    nestParameter(read)(target, key, index);
    const readers = (Reflect.getMetadata(READERS, target, key) as ArgumentReader[] | undefined) ?? [];
    readers[index] = read;
    Reflect.defineMetadata(READERS, readers, target, key);
    const descriptor = Object.getOwnPropertyDescriptor(target, key);
    if (descriptor !== undefined) docs.forEach((doc) => doc(target, key, descriptor));
  };
}

function allowed<T>(request: FastifyRequest, value: T): T {
  const service = (value as { serviceName?: unknown }).serviceName;
  if (request.caller !== null && isServiceName(service)) assertMayTouch(request.caller, service);
  return value;
}

/** The request's body, checked; no body is an empty object. VALIDATION_FAILED names every bad field. */
export function ValidBody(contract: Contract<unknown>): ParameterDecorator {
  const read: ArgumentReader = (request) => allowed(request, contract.parse(request.body ?? {}));
  return parameter(read, ApiBody({ schema: contract.schema }));
}

/** The query string, numbers and booleans read by the schema, defaults filled in, checked. */
export function ValidQuery(contract: Contract<unknown, TObject>): ParameterDecorator {
  const { properties } = contract.schema;
  const required: readonly string[] = contract.schema.required ?? [];
  const docs = Object.entries(properties).map(
    ([name, schema]) => ApiQuery({ name, required: required.includes(name), schema }) as MethodDecoration,
  );
  const read: ArgumentReader = (request) =>
    allowed(request, contract.parse(fromQuery(properties, request.query as Record<string, unknown>)));
  return parameter(read, ...docs);
}

function fromQuery(properties: TProperties, given: Record<string, unknown>): Record<string, unknown> {
  const values: Record<string, unknown> = { ...given };
  for (const [name, property] of Object.entries(properties)) {
    const value = values[name];
    if (typeof value === 'string') values[name] = fromText(property, value);
    else if (value === undefined && defaultOf(property) !== undefined) values[name] = defaultOf(property);
  }
  return values;
}

/** A service named in the path: UNKNOWN_SERVICE when it is none of ours. */
export function ServiceParam(name = 'serviceName'): ParameterDecorator {
  const read: ArgumentReader = (request) => {
    const service = (request.params as Record<string, string>)[name];
    if (!isServiceName(service)) {
      throw new SignalboxError('UNKNOWN_SERVICE', 'There is no service of this name');
    }
    if (request.caller !== null) assertMayTouch(request.caller, service);
    return service;
  };
  return parameter(read, ApiParam({ name, enum: [...SERVICE_NAMES] }));
}

/** The request itself, its body unread. Only on routes with `@RawAccess`. */
export function Raw(): ParameterDecorator {
  return parameter(
    (request) => {
      if (request.unread === null) throw new Error('@Raw() on a route without @RawAccess');
      return request.unread;
    },
    ApiBody({ schema: {}, description: 'As the provider sends it' }),
  );
}

/** Who calls: `@Caller() caller: Caller`. Only on routes with `@Access`. */
export type Caller = CallerClaims;
export function Caller(): ParameterDecorator {
  return parameter(({ caller }) => {
    if (caller === null) throw new Error('@Caller() on a route without @Access');
    return caller;
  });
}
