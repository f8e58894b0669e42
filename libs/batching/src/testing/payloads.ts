import assert from 'node:assert/strict';
import { SignalboxError, type ServiceName } from '@signalbox/contracts';
import { operationOf } from '../services/index.js';
import { parsePayload } from '../wire/operation.js';

export function parsed(service: ServiceName, name: string, payload: object) {
  return parsePayload(operationOf(service, name), payload);
}

/** The fields that a payload is refused for. */
export function refused(service: ServiceName, name: string, payload: object): string[] {
  try {
    parsed(service, name, payload);
  } catch (error) {
    assert.ok(error instanceof SignalboxError && error.code === 'VALIDATION_FAILED');
    return (error.details as { fields: { path: string }[] }).fields.map(({ path }) => path);
  }
  return [];
}

/** Whether two payloads may share a batch. */
export function merge(service: ServiceName, name: string, one: object, other: object): boolean {
  const operation = operationOf(service, name);
  const keys = new Set(operation.mergeKeys(parsed(service, name, one)));
  return operation.mergeKeys(parsed(service, name, other)).some((key) => keys.has(key));
}
