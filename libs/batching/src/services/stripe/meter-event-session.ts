import { jsonBody, type HttpRequest, type HttpResponse } from '../../wire/http.js';
import { STRIPE_VERSION } from './meter-event.js';

/** Renewed this long before it ends, so that no request leaves with a token that dies on the way. */
const RENEW_AHEAD_MS = 60_000;

/** What the stream of meter events is called with instead of the account's key; valid for 15 minutes. */
export interface MeterEventSession {
  readonly token: string;
  /** Epoch ms from which a new one is to be taken. */
  readonly renewAtMs: number;
}

/** Begins a session; sent with the account's key. */
export const meterEventSessionRequest: HttpRequest = {
  method: 'POST',
  path: '/v2/billing/meter_event_session',
  query: [],
  headers: { 'stripe-version': STRIPE_VERSION },
  body: null,
};

/** The session in Stripe's answer; null when there is none in it. */
export function meterEventSession(response: HttpResponse): MeterEventSession | null {
  const body = jsonBody(response) as { authentication_token?: unknown; expires_at?: unknown } | undefined;
  if (response.status !== 200 || typeof body?.authentication_token !== 'string') return null;
  const expiresAtMs = Date.parse(String(body.expires_at));
  if (Number.isNaN(expiresAtMs)) return null;
  return { token: body.authentication_token, renewAtMs: expiresAtMs - RENEW_AHEAD_MS };
}

/** Whether the request goes with a session's token in place of the key. */
export function needsMeterEventSession(request: HttpRequest): boolean {
  return request.path === '/v2/billing/meter_event_stream';
}
