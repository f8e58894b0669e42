import { SignalboxError, type Contract, type ServiceName } from '@signalbox/contracts';
import type { HttpRequest, HttpResponse } from './http.js';
import { verdictOf, type CallVerdict } from './verdict.js';

/** One accepted request as an operation sees it. `id` is unique among the items of a batch. */
export interface WireItem<Payload = unknown> {
  readonly id: string;
  readonly payload: Payload;
  /** The caller's key: the same key means the same act. */
  readonly idempotencyKey?: string;
}

/** One HTTP request of a batch and whom it serves. */
export interface WireCall {
  readonly request: HttpRequest;
  /** In the order in which {@link Operation.decode} reads the answer. */
  readonly itemIds: readonly string[];
  /** What the provider bills for it: messages, e-mails, queries, matrix elements; else 1. */
  readonly billableUnits: number;
}

export type ItemResult =
  | { readonly ok: true; readonly statusCode: number; readonly body: unknown }
  | { readonly ok: false; readonly verdict: CallVerdict; readonly body: unknown };

/** What an item weighs in a batch. */
export interface ItemMeasure {
  /** Counted against the bound on items: personalizations' recipients, records, vehicle ids, points; else 1. */
  readonly units: number;
  /** The most units that one request may hold by the provider's documentation, whatever the policy says. */
  readonly mostUnits: number;
  /** About what it adds to the request, bytes. */
  readonly bytes: number;
  /** What the request has once, whoever is in it: a mail's attachments, bytes. */
  readonly sharedBytes: number;
  /** What the provider bills more because this item joined; see `billableUnits` of a call. */
  readonly addedBillableUnits: number;
  /** No two items of a batch may have one in common. */
  readonly conflicts: readonly string[];
}

/**
 * What Signalbox knows about one operation of a service. Pure: the provider's documentation as functions. An item's
 * part of a merged answer has the form that a call for it alone would have had.
 */
export interface Operation<Payload = unknown> {
  readonly service: ServiceName;
  readonly name: string;
  readonly payload: Contract<Payload>;
  /** False: every item is a request of its own, and a batch is a window in which they are sent. */
  readonly merges: boolean;
  /** Beyond the schema: throws VALIDATION_FAILED naming the field. Also refuses what no provider would take whole. */
  check?(payload: Payload): void;
  effect(payload: Payload): 'read' | 'write';
  /** Whether a call that may have been carried out may be made again and leave the world as one call would. */
  repeatable(item: WireItem<Payload>): boolean;
  /** Items may share a batch when they have a key in common; the first is preferred. Never empty. */
  mergeKeys(payload: Payload): readonly [string, ...string[]];
  measure(payload: Payload): ItemMeasure;
  /** Pacing is by account at most providers, by base at Airtable: items of one lane share its rate. */
  lane(payload: Payload): string;
  /** Items of one merge key, in order, to requests for this node; every item is in exactly one of them. */
  encode(items: readonly WireItem<Payload>[], nodeId: string): WireCall[];
  /** What an answer says of its call, where the status does not say it all (Google answers errors with 200). */
  judge?(call: WireCall, response: HttpResponse, nowMs: number): CallVerdict;
  /** The request for the rest of an answer that came in pages; null when this was all. */
  next?(call: WireCall, response: HttpResponse): WireCall | null;
  /** Splits successful answers, all pages of one call, into the item's own. An item it leaves out has failed. */
  split(
    call: WireCall,
    responses: readonly HttpResponse[],
    items: readonly WireItem<Payload>[],
  ): Map<string, unknown>;
  /** Ids of the items that a refusal names as its cause; empty when it does not say. */
  culprits?(call: WireCall, response: HttpResponse, items: readonly WireItem<Payload>[]): readonly string[];
}

/** The payload when the operation takes it; throws VALIDATION_FAILED naming every bad field, from `payload.` on. */
export function parsePayload<Payload>(operation: Operation<Payload>, value: unknown): Payload {
  const payload = operation.payload;
  if (!payload.check(value)) {
    const fields = payload.errors(value).map(({ path, message }) => ({
      path: path === '' ? 'payload' : `payload.${path}`,
      message,
    }));
    const named = fields.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
    throw new SignalboxError('VALIDATION_FAILED', named.join('; '), { fields });
  }
  operation.check?.(value);
  return value;
}

export function judgeCall(
  operation: Operation,
  call: WireCall,
  response: HttpResponse,
  nowMs: number,
): CallVerdict {
  return operation.judge?.(call, response, nowMs) ?? verdictOf(response, nowMs);
}

/**
 * The result of each item of a call, from all pages of its answer (at least one). When any page failed, all of the
 * call's items did: half an answer is none.
 */
export function decodeCall(
  operation: Operation,
  call: WireCall,
  responses: readonly HttpResponse[],
  items: readonly WireItem[],
  nowMs: number,
): Map<string, ItemResult> {
  const served = call.itemIds.map((id) => itemOf(items, id));
  const verdicts = responses.map((response) => judgeCall(operation, call, response, nowMs));
  const failed = verdicts.find((verdict) => verdict.outcome !== 'success');
  const results = new Map<string, ItemResult>();
  if (failed !== undefined) {
    for (const { id } of served) results.set(id, { ok: false, verdict: failed, body: null });
    return results;
  }
  const statusCode = verdicts[0]?.statusCode ?? 0;
  const parts = operation.split(call, responses, served);
  for (const { id } of served) {
    results.set(
      id,
      parts.has(id)
        ? { ok: true, statusCode, body: parts.get(id) }
        : { ok: false, verdict: missingPart(statusCode), body: null },
    );
  }
  return results;
}

export function refuse(path: string, message: string): never {
  throw new SignalboxError('VALIDATION_FAILED', `${path}: ${message}`, { fields: [{ path, message }] });
}

/** The provider answered, and not for this item: its fault, not ours, and for a write it may have been done. */
function missingPart(statusCode: number): CallVerdict {
  const message = 'the provider’s answer has no part for this item';
  return { outcome: 'server_error', statusCode, message, retryAfterMs: null };
}

function itemOf(items: readonly WireItem[], id: string): WireItem {
  const item = items.find((one) => one.id === id);
  if (item === undefined) throw new Error(`call names item ${id}, which is not in its batch`);
  return item;
}
