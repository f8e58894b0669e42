import type { OutcomeKind } from '@signalbox/contracts';
import { retryAfterMs } from '../pacing/retry-after.js';
import { jsonBody, type HttpResponse } from './http.js';

/** What one answer says of its call, before anyone's part is taken out of it. */
export interface CallVerdict {
  readonly outcome: OutcomeKind;
  readonly statusCode: number;
  /** What the provider said was wrong; empty on success. At most 500 characters. */
  readonly message: string;
  /** How long the provider asked to be left alone, ms; null when it did not say. */
  readonly retryAfterMs: number | null;
}

const LONGEST_MESSAGE = 500;

export function outcomeOfStatus(status: number): OutcomeKind {
  if (status === 429) return 'rate_limited';
  if (status === 408) return 'timeout';
  if (status >= 500) return 'server_error';
  if (status >= 400) return 'client_error';
  return 'success';
}

/** `nowMs` is needed for a Retry-After that names a date. */
export function verdictOf(response: HttpResponse, nowMs: number): CallVerdict {
  const outcome = outcomeOfStatus(response.status);
  return {
    outcome,
    statusCode: response.status,
    message: outcome === 'success' ? '' : messageOf(response),
    retryAfterMs: retryAfterMs(response.headers['retry-after'], nowMs),
  };
}

/** The sentence in an error body; each provider keeps it elsewhere. */
function messageOf(response: HttpResponse): string {
  const body = jsonBody(response);
  const text = typeof body === 'object' && body !== null ? spoken(body) : response.body;
  return (text === '' ? `HTTP ${response.status}` : text).slice(0, LONGEST_MESSAGE);
}

interface ErrorBody {
  /** Stripe and Airtable (an object, or Airtable's bare code); */
  error?: string | { message?: string; type?: string };
  /** SendGrid. */
  errors?: { message?: string; field?: string | null }[];
  /** Twilio, Samsara, Mapbox. */
  message?: string;
  /** Google. */
  error_message?: string;
  status?: string | number;
  /** HERE. */
  title?: string;
}

function spoken({ error, errors, message, error_message, title, status }: ErrorBody): string {
  if (Array.isArray(errors)) {
    return errors.map((one) => [one.field, one.message].filter(Boolean).join(': ')).join('; ');
  }
  if (typeof error === 'string') return error;
  return error?.message ?? error?.type ?? message ?? error_message ?? title ?? String(status ?? '');
}
