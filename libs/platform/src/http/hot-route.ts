import type { Type } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import type { RouteHandlerMethod } from 'fastify';
import { argumentReaders } from './params.js';

/** The method of a controller behind a route. */
export interface RouteAction {
  readonly controller: Type;
  readonly name: string;
}

type Method = (...args: unknown[]) => unknown;

const CHAIN = [GUARDS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA, EXCEPTION_FILTERS_METADATA];

/**
 * Calls the controller's method straight from the server. Nest's chain of guards, pipes and interceptors costs
 * about ten promises a request even when it is empty, so a hot route has none. Throws, at start, when the route
 * declares some, or takes an argument that is not one of this library's parameters.
 */
export function hotHandler(instance: object, { controller, name }: RouteAction): RouteHandlerMethod {
  const method = (instance as Record<string, Method>)[name] as Method;
  const readers = argumentReaders(controller.prototype as object, name);
  if (readers === undefined || CHAIN.some((part) => isDeclared(part, controller, method))) {
    const route = `${controller.name}.${name}`;
    throw new Error(
      `${route} is hot: it takes @ValidBody, @ValidQuery, @ServiceParam or @Caller and no Nest chain`,
    );
  }
  const status = Number(Reflect.getMetadata(HTTP_CODE_METADATA, method));
  return (request, reply) => {
    if (status !== 200) reply.code(status);
    const answer = method.apply(
      instance,
      readers.map((read) => read(request)),
    );
    // Fastify waits for a promise and sends its value; a plain value is sent without making one.
    if (answer instanceof Promise) return answer;
    reply.send(answer);
    return undefined;
  };
}

function isDeclared(part: string, controller: Type, method: Method): boolean {
  return Reflect.hasMetadata(part, controller) || Reflect.hasMetadata(part, method);
}
