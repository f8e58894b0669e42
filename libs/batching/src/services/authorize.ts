import type { ServiceName } from '@signalbox/contracts';
import type { HttpRequest } from '../wire/http.js';
import { mapsProviderOf } from './maps/provider.js';
import { ACCOUNT_SID } from './twilio/send-message.js';

/**
 * The request with the node's credential where the provider's documentation has it. The credential is the secret as
 * the admin stored it: a key or token; for Twilio `AccountSid:AuthToken`, or `AccountSid:KeySid:KeySecret`.
 *
 * Throws RangeError for a credential of another form; the message never holds it.
 */
export function authorize(
  request: HttpRequest,
  service: ServiceName,
  nodeId: string,
  credential: string,
): HttpRequest {
  switch (service) {
    case 'twilio':
      return withTwilio(request, credential);
    case 'maps':
      return withMaps(request, nodeId, credential);
    default:
      return withHeader(request, 'authorization', `Bearer ${credential}`);
  }
}

function withTwilio(request: HttpRequest, credential: string): HttpRequest {
  const [accountSid, second, third] = credential.split(':');
  if (accountSid === undefined || second === undefined || !/^AC[0-9a-fA-F]{32}$/.test(accountSid)) {
    throw new RangeError('a Twilio credential is AccountSid:AuthToken or AccountSid:KeySid:KeySecret');
  }
  const pair = third === undefined ? `${accountSid}:${second}` : `${second}:${third}`;
  const path = request.path.replace(ACCOUNT_SID, accountSid);
  return withHeader(
    { ...request, path },
    'authorization',
    `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`,
  );
}

function withMaps(request: HttpRequest, nodeId: string, credential: string): HttpRequest {
  switch (mapsProviderOf(nodeId)) {
    case 'mapbox':
      return withQuery(request, 'access_token', credential);
    case 'google':
      // The Routes API takes its key in a header; the older APIs take it in the query.
      return request.path.startsWith('/maps/api/')
        ? withQuery(request, 'key', credential)
        : withHeader(request, 'x-goog-api-key', credential);
    case 'here':
      return withQuery(request, 'apiKey', credential);
    case null:
      throw new RangeError(`node ${nodeId} names no provider of maps`);
  }
}

function withHeader(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function withQuery(request: HttpRequest, name: string, value: string): HttpRequest {
  return { ...request, query: [...request.query, [name, value]] };
}
