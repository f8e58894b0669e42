import { FastifyAdapter } from '@nestjs/platform-fastify';
import { failure, SignalboxError } from '@signalbox/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Correlation, CORRELATION_HEADER } from '../correlation.js';
import type { PlatformSettings } from '../settings/platform-settings.js';
import { failureOf } from './failures.js';
import { sendFailure } from './failure-answers.js';

const BODY_LIMIT_BYTES = 1024 * 1024;
/** A whole request must have arrived by then: a client that trickles bytes does not hold a socket. */
const REQUEST_TIMEOUT_MS = 15_000;
/** Above the 60 s after which common load balancers drop an idle connection, so that they close first. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 10_000;
/** Above any identifier of the contract. */
const MAX_PARAM_LENGTH = 256;

/** The HTTP server under Nest: bounded in every direction, and answering its own failures in the envelope. */
export function httpAdapter(settings: Pick<PlatformSettings, 'trustedProxies'>): FastifyAdapter {
  const adapter = new FastifyAdapter({
    // Nest middleware is not used here; without it one hook less runs for each request.
    skipMiddie: true,
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    trustProxy: settings.trustedProxies.length > 0 ? settings.trustedProxies : false,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // While draining, a request on a connection that is already open is still served, and then closes it.
    return503OnClosing: false,
    genReqId: (request: IncomingMessage) => Correlation.accept(request.headers[CORRELATION_HEADER]),
    // What the router refuses runs through no hook.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.header(CORRELATION_HEADER, request.id);
      sendFailure(reply, failureOf(error), request.id);
    },
    clientErrorHandler: answerBrokenRequest,
  });
  const server = adapter.getInstance();
  server.server.maxConnections = MAX_CONNECTIONS;
  // JSON only: what has no parser is answered with 415.
  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients that always name a type also do when they send nothing: that is no body, not a broken one.
    if (body.length === 0) done(null, undefined);
    else void parseJson(request, body, done);
  });
  return adapter;
}

/** What is not HTTP at all never becomes a request: the answer is written to the socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const message = late ? 'The request took too long to arrive' : 'The request is not valid HTTP';
  const correlationId = Correlation.create();
  const body = JSON.stringify(failure(new SignalboxError('VALIDATION_FAILED', message), correlationId));
  socket.end(
    [
      late ? 'HTTP/1.1 408 Request Timeout' : 'HTTP/1.1 400 Bad Request',
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      `${CORRELATION_HEADER}: ${correlationId}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
