/** What the worker puts on the wire, spelled out: nothing is added to it but the node's credential. */
export interface HttpRequest {
  readonly method: HttpMethod;
  /**
   * The host that the provider documents for this endpoint where it is not the one of the node's base URL
   * (`https://meter-events.stripe.com`); see {@link requestUrl}.
   */
  readonly origin?: string;
  /** Begins with `/`, percent-encoded. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export const JSON_TYPE = 'application/json';
export const FORM_TYPE = 'application/x-www-form-urlencoded';

/**
 * The URL of a request at a node. An endpoint that the provider keeps on a host of its own is called there, as long
 * as the node itself is at the provider (`providerHosts`); a node behind a proxy or a simulator has them all on one.
 */
export function requestUrl(baseUrl: string, request: HttpRequest, providerHosts: readonly string[]): string {
  const atProvider = request.origin !== undefined && providerHosts.includes(new URL(baseUrl).host);
  const base = (atProvider ? (request.origin ?? baseUrl) : baseUrl).replace(/\/+$/, '');
  const query = encodePairs(request.query);
  return query === '' ? `${base}${request.path}` : `${base}${request.path}?${query}`;
}

/** `application/x-www-form-urlencoded` with RFC 3986's `%20` for a blank, which every provider reads. */
export function encodePairs(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

/** An object as form pairs in Stripe's and PHP's notation: `a[b]=1`, `list[0]=x`. Undefined and null are left out. */
export function formPairs(value: Readonly<Record<string, unknown>>): [string, string][] {
  const pairs: [string, string][] = [];
  const visit = (name: string, part: unknown): void => {
    if (typeof part === 'string' || typeof part === 'number' || typeof part === 'boolean') {
      pairs.push([name, String(part)]);
    } else if (typeof part === 'object' && part !== null) {
      for (const [key, inner] of Object.entries(part)) visit(`${name}[${key}]`, inner);
    }
  };
  for (const [name, part] of Object.entries(value)) visit(name, part);
  return pairs;
}

/** The body as JSON; undefined when it is none. */
export function jsonBody(response: HttpResponse): unknown {
  if (response.body === '') return undefined;
  try {
    return JSON.parse(response.body) as unknown;
  } catch {
    return undefined;
  }
}

/** Bytes of a text in UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
