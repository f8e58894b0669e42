import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { OWN_FEATURE_NAMES, SHARED_FEATURE_NAMES } from './feature-vector.js';

/** Rises when features or priors change: weights of another model mean something else. */
export const PREDICTOR_STATE_VERSION = 1;

/** A weight as [mean, precision]. */
type SavedWeight = [number, number];

/** What the model has learned, as JSON. */
export interface PredictorState {
  version: typeof PREDICTOR_STATE_VERSION;
  services: Partial<Record<ServiceName, ServiceState>>;
}

export interface ServiceState {
  labelsLearned: number;
  shared: SavedWeight[];
  nodes: Record<string, SavedWeight[]>;
}

export type RestoreResult = { kind: 'restored' } | { kind: 'refused'; reason: string };

export function readState(
  state: unknown,
): { kind: 'read'; state: PredictorState } | { kind: 'refused'; reason: string } {
  const reason = whyRefused(state);
  return reason === null ? { kind: 'read', state: state as PredictorState } : { kind: 'refused', reason };
}

function whyRefused(state: unknown): string | null {
  if (!isRecord(state)) return 'the state is not an object';
  if (state['version'] !== PREDICTOR_STATE_VERSION) {
    return `the state has version ${String(state['version'])}, this model reads ${PREDICTOR_STATE_VERSION}`;
  }
  if (!isRecord(state['services'])) return 'services: is not an object';
  for (const [serviceName, service] of Object.entries(state['services'])) {
    const reason = whyServiceRefused(service);
    if (!(SERVICE_NAMES as readonly string[]).includes(serviceName))
      return `services.${serviceName}: is no service`;
    if (reason !== null) return `services.${serviceName}.${reason}`;
  }
  return null;
}

function whyServiceRefused(service: unknown): string | null {
  if (!isRecord(service)) return 'is not an object';
  const learned = service['labelsLearned'];
  if (!Number.isSafeInteger(learned) || (learned as number) < 0) return 'labelsLearned: is not a count';
  if (!areWeights(service['shared'], SHARED_FEATURE_NAMES.length)) {
    return `shared: is not ${SHARED_FEATURE_NAMES.length} weights of finite mean and precision above 0`;
  }
  if (!isRecord(service['nodes'])) return 'nodes: is not an object';
  for (const [nodeId, own] of Object.entries(service['nodes'])) {
    if (!areWeights(own, OWN_FEATURE_NAMES.length)) {
      return `nodes.${nodeId}: is not ${OWN_FEATURE_NAMES.length} weights of finite mean and precision above 0`;
    }
  }
  return null;
}

function areWeights(value: unknown, count: number): boolean {
  return Array.isArray(value) && value.length === count && value.every(isWeight);
}

function isWeight(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [mean, precision] = value as unknown[];
  return Number.isFinite(mean) && Number.isFinite(precision) && (precision as number) > 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
