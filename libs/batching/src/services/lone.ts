import { jsonBody, type HttpResponse } from '../wire/http.js';
import type { Operation, WireCall } from '../wire/operation.js';

/** What operations share whose every item is a request of its own. */
export const lone = {
  merges: false,
  mergeKeys: () => ['*'] as const,
  split: (call, [response]) =>
    new Map(call.itemIds.map((id) => [id, response === undefined ? null : answerOf(response)])),
} satisfies Pick<Operation, 'merges' | 'mergeKeys' | 'split'>;

/** The answer as JSON, as text when it is not JSON, null when it is empty. */
function answerOf(response: HttpResponse): unknown {
  return response.body === '' ? null : (jsonBody(response) ?? response.body);
}

/** A call that serves all these items. */
export function sharedCall(
  request: WireCall['request'],
  items: readonly { readonly id: string }[],
  billableUnits = 1,
): WireCall {
  return { request, itemIds: items.map(({ id }) => id), billableUnits };
}
