import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Client as GoogleClient } from '@googlemaps/google-maps-services-js';
import Airtable from 'airtable';
import Stripe from 'stripe';
import twilio from 'twilio';
import { requestUrl, type HttpRequest } from '../wire/http.js';

/** A request in the form in which two of them are the same when a provider could not tell them apart. */
export interface SeenRequest {
  readonly method: string;
  readonly host: string;
  /** Decoded; Airtable's client ends some with a slash that its documentation does not have. */
  readonly path: string;
  readonly query: readonly string[];
  readonly contentType: string | null;
  /** JSON as values, a form as sorted pairs, null without. */
  readonly body: unknown;
}

/** One of ours as it would leave for this node. */
export function seenOf(request: HttpRequest, baseUrl: string, providerHosts: readonly string[]): SeenRequest {
  return seen(
    request.method,
    requestUrl(baseUrl, request, providerHosts),
    request.headers,
    request.body ?? '',
  );
}

export function seen(
  method: string,
  url: string,
  headers: Readonly<Record<string, unknown>>,
  body: string,
): SeenRequest {
  const { host, pathname, searchParams } = new URL(url);
  const named = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const contentType = typeof named === 'string' ? (named.split(';')[0] ?? null) : null;
  return {
    method: method.toUpperCase(),
    host,
    path: decodeURIComponent(pathname).replace(/(?<=.)\/$/, ''),
    query: [...searchParams].map(([name, value]) => `${name}=${value}`).sort(),
    contentType: body === '' ? null : contentType,
    body: body === '' ? null : read(body, contentType),
  };
}

function read(body: string, contentType: string | null): unknown {
  if (contentType === 'application/json') return JSON.parse(body) as unknown;
  return [...new URLSearchParams(body)].map(([name, value]) => `${name}=${value}`).sort();
}

/** Stripe's client with a transport that keeps the request and answers with nothing. */
export function stripeClient(sent: SeenRequest[]): Stripe {
  const transport = Stripe.createFetchHttpClient((url: string | URL | Request, init?: RequestInit) => {
    const address = url instanceof Request ? url.url : url.toString();
    const headers = Object.fromEntries(new Headers(init?.headers));
    sent.push(seen(init?.method ?? 'GET', address, headers, typeof init?.body === 'string' ? init.body : ''));
    return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }));
  });
  return new Stripe('sk_test_offline', { httpClient: transport, maxNetworkRetries: 0, telemetry: false });
}

/** Twilio's client; its own transport builds the request, and the last step keeps it. */
export function twilioClient(accountSid: string, sent: SeenRequest[]): twilio.Twilio {
  const transport = new twilio.RequestClient();
  transport.axios.defaults.adapter = (config) => {
    const url = transport.axios.getUri(config);
    sent.push(seen(config.method ?? '', url, config.headers.toJSON(), String(config.data ?? '')));
    const answer = { data: '{}', status: 201, statusText: 'Created', headers: {}, config };
    return Promise.resolve(answer);
  };
  return twilio(accountSid, 'token', { httpClient: transport });
}

export async function googleGeocode(params: { address: string; language?: string }): Promise<SeenRequest> {
  const sent: SeenRequest[] = [];
  const client = new GoogleClient({
    config: {
      adapter: (config) => {
        const { serialize } = config.paramsSerializer as { serialize: (params: unknown) => string };
        const url = `${config.url ?? ''}?${serialize(config.params)}`;
        sent.push(seen(config.method ?? 'GET', url, {}, ''));
        return Promise.resolve({ data: {}, status: 200, statusText: 'OK', headers: {}, config });
      },
    },
  });
  await client.geocode({ params: { ...params, key: 'offline' } });
  return sent[0] as SeenRequest;
}

/** The URL that Mapbox's client builds; the client is JavaScript only. */
export function mapboxUrl(build: (services: MapboxServices) => { url(token: string): string }): string {
  const require = createRequire(import.meta.url);
  const client = (require('@mapbox/mapbox-sdk') as (options: object) => object)({
    accessToken: MAPBOX_TOKEN,
  });
  const service = (name: string) =>
    (require(`@mapbox/mapbox-sdk/services/${name}`) as (client: object) => never)(client);
  return build({ geocoding: service('geocoding-v6'), matrix: service('matrix') }).url(MAPBOX_TOKEN);
}

/** Public by its kind (pk), of nobody: the client reads the user from it. */
export const MAPBOX_TOKEN = `pk.${Buffer.from('{"u":"nobody"}').toString('base64')}.sig`;

export interface MapboxServices {
  geocoding: { forwardGeocode(options: object): { url(token: string): string } };
  matrix: { getMatrix(options: object): { url(token: string): string } };
}

/** Airtable's and SendGrid's clients speak to an address: this one keeps what it hears. */
export async function listening(
  act: (url: string) => Promise<unknown>,
  answer: object = {},
): Promise<SeenRequest> {
  const heard: SeenRequest[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = `http://listening${request.url ?? ''}`;
      heard.push(seen(request.method ?? '', url, request.headers, Buffer.concat(chunks).toString('utf8')));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await act(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return heard[0] as SeenRequest;
}

export function airtableBase(endpointUrl: string, baseId: string): Airtable.Base {
  return new Airtable({ apiKey: 'offline', endpointUrl, noRetryIfRateLimited: true }).base(baseId);
}
