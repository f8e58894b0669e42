import type { Type } from '@nestjs/common';
import {
  EXCEPTION_FILTERS_METADATA,
  GUARDS_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  PIPES_METADATA,
} from '@nestjs/common/constants.js';
import type { FastifyRequest, onRequestHookHandler, RouteHandlerMethod } from 'fastify';
import { argumentReaders } from './params.js';
import { RawRequest } from './raw-request.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** On raw routes; null on the others. */
    unread: RawRequest | null;
  }
}

/** The method of a controller behind a route. */
export interface RouteAction {
  readonly controller: Type;
  readonly name: string;
}

type Method = (...args: unknown[]) => unknown;

const CHAIN = [GUARDS_METADATA, INTERCEPTORS_METADATA, PIPES_METADATA, EXCEPTION_FILTERS_METADATA];

/** The controller's method with its arguments read from the request; whatever it throws or returns is passed on. */
type DirectCall = (request: FastifyRequest) => unknown;

/**
 * Calls the controller's method straight from the server. Nest's chain of guards, pipes and interceptors costs
 * about ten promises a request even when it is empty, so a hot route has none. Throws, at start, when the route
 * declares some, or takes an argument that is not one of this library's parameters.
 */
export function hotHandler(instance: object, action: RouteAction): RouteHandlerMethod {
  const call = directCall(instance, action);
  const status = statusOf(instance, action);
  return (request, reply) => {
    if (status !== 200) reply.code(status);
    const answer = call(request);
    // Fastify waits for a promise and sends its value; a plain value is sent without making one.
    if (answer instanceof Promise) return answer;
    reply.send(answer);
    return undefined;
  };
}

/**
 * Answers before the server reads the body: parsers belong to the whole server and make text of it, while a
 * signature is made over the bytes. Throws at start as {@link hotHandler} does.
 */
export function rawHook(instance: object, action: RouteAction): onRequestHookHandler {
  const call = directCall(instance, action);
  const status = statusOf(instance, action);
  return (request, reply, done) => {
    request.unread = new RawRequest(request, reply);
    const answered = async (): Promise<void> => {
      const answer = await call(request);
      reply.code(status).send(answer);
    };
    answered().catch((error: Error) => {
      // A small body that is refused unread passes by, and the connection is kept; a large one is not waited for.
      if (!request.raw.complete && !isSmall(request)) reply.header('connection', 'close');
      done(error);
    });
  };
}

function directCall(instance: object, { controller, name }: RouteAction): DirectCall {
  const method = (instance as Record<string, Method>)[name] as Method;
  const readers = argumentReaders(controller.prototype as object, name);
  if (readers === undefined || CHAIN.some((part) => isDeclared(part, controller, method))) {
    const route = `${controller.name}.${name}`;
    throw new Error(`${route} is called directly: it takes this library's parameters and no Nest chain`);
  }
  return (request) =>
    method.apply(
      instance,
      readers.map((read) => read(request)),
    );
}

function statusOf(instance: object, { name }: RouteAction): number {
  return Number(
    Reflect.getMetadata(HTTP_CODE_METADATA, (instance as Record<string, Method>)[name] as Method),
  );
}

const SMALL_BODY_BYTES = 64 * 1024;

function isSmall({ raw }: FastifyRequest): boolean {
  return Number(raw.headers['content-length'] ?? Infinity) <= SMALL_BODY_BYTES;
}

function isDeclared(part: string, controller: Type, method: Method): boolean {
  return Reflect.hasMetadata(part, controller) || Reflect.hasMetadata(part, method);
}
