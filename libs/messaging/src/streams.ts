import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { DEAD_LETTER_PREFIX, wildcardOf, type Fact } from '@signalbox/contracts';

/** A stream is full when either bound is reached; the oldest messages go first. */
export interface StreamBounds {
  maxAgeMs: number;
  maxBytes: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MIB = 1024 ** 2;

interface StreamDefinition extends StreamBounds {
  name: string;
  facts: readonly Fact[];
}

/**
 * One stream per kind of traffic, so that a flood of decisions can never push out an error event. The bytes are
 * disk that NATS reserves: 2 GiB in all. A decision is about 1.5 KiB, so 1 GiB holds some 700,000 of them: 20
 * minutes of a database outage at 500 decisions/s.
 */
const STREAMS = {
  errors: { name: 'SIGNALBOX_ERRORS', facts: ['errors.reported'], maxAgeMs: 7 * DAY_MS, maxBytes: 128 * MIB },
  outcomes: {
    name: 'SIGNALBOX_OUTCOMES',
    facts: ['outcomes.reported'],
    maxAgeMs: DAY_MS,
    maxBytes: 256 * MIB,
  },
  decisions: {
    name: 'SIGNALBOX_DECISIONS',
    facts: ['decisions.made'],
    maxAgeMs: DAY_MS,
    maxBytes: 1024 * MIB,
  },
  state: {
    name: 'SIGNALBOX_STATE',
    facts: [
      'circuits.changed',
      'health.degraded',
      'health.recovered',
      'overrides.activated',
      'overrides.ended',
      'coordination.synced',
      'recoveries.changed',
      'config.changed',
    ],
    maxAgeMs: 7 * DAY_MS,
    maxBytes: 64 * MIB,
  },
  costs: {
    name: 'SIGNALBOX_COSTS',
    facts: ['budgets.alerted', 'budgets.state', 'limits.alerted', 'anomalies.detected'],
    maxAgeMs: 7 * DAY_MS,
    maxBytes: 64 * MIB,
  },
  batches: {
    name: 'SIGNALBOX_BATCHES',
    facts: ['batches.completed', 'batches.failed'],
    maxAgeMs: DAY_MS,
    maxBytes: 128 * MIB,
  },
  webhooks: {
    name: 'SIGNALBOX_WEBHOOKS',
    facts: ['webhooks.received', 'webhooks.processed', 'security.alerted'],
    maxAgeMs: 7 * DAY_MS,
    maxBytes: 256 * MIB,
  },
  agents: { name: 'SIGNALBOX_AGENTS', facts: ['agents.event'], maxAgeMs: DAY_MS, maxBytes: 16 * MIB },
  audit: { name: 'SIGNALBOX_AUDIT', facts: ['audit.recorded'], maxAgeMs: 30 * DAY_MS, maxBytes: 64 * MIB },
  deadLetters: { name: 'SIGNALBOX_DEAD_LETTERS', facts: [], maxAgeMs: 30 * DAY_MS, maxBytes: 64 * MIB },
} as const satisfies Record<string, StreamDefinition>;

export type StreamKey = keyof typeof STREAMS;
export type StreamBoundsOverrides = { [K in StreamKey]?: Partial<StreamBounds> };

/**
 * How long JetStream remembers a `Nats-Msg-Id`. What the outbox sends again after an outage is recognised if the
 * server stored it within this time; consumers are idempotent for the rest.
 */
export const DUPLICATE_WINDOW_MS = 2 * MINUTE_MS;

const STREAM_KEYS = Object.keys(STREAMS) as StreamKey[];
const STREAM_OF_FACT = new Map<Fact, string>(
  STREAM_KEYS.flatMap((key) => STREAMS[key].facts.map((fact): [Fact, string] => [fact, STREAMS[key].name])),
);

/** The stream that keeps a fact. */
export function streamOf(fact: Fact): string {
  const stream = STREAM_OF_FACT.get(fact);
  if (stream === undefined) throw new Error(`no stream keeps the fact ${fact}`);
  return stream;
}

export const DEAD_LETTER_STREAM = STREAMS.deadLetters.name;

/** Creates the streams that are missing and mends the bounds of those that differ. Idempotent. */
export async function ensureStreams(
  manager: JetStreamManager,
  overrides: StreamBoundsOverrides,
): Promise<void> {
  for (const key of STREAM_KEYS) await ensureStream(manager, configOf(key, overrides[key]));
}

type ManagedConfig = Pick<
  StreamConfig,
  'name' | 'subjects' | 'max_age' | 'max_bytes' | 'duplicate_window' | 'discard' | 'storage' | 'retention'
>;

function configOf(key: StreamKey, overrides: Partial<StreamBounds> = {}): ManagedConfig {
  const { name, facts, maxAgeMs, maxBytes } = { ...STREAMS[key], ...overrides };
  return {
    name,
    subjects: key === 'deadLetters' ? [`${DEAD_LETTER_PREFIX}>`] : facts.map(wildcardOf),
    max_age: nanos(maxAgeMs),
    max_bytes: maxBytes,
    duplicate_window: nanos(Math.min(DUPLICATE_WINDOW_MS, maxAgeMs)),
    discard: DiscardPolicy.Old,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
  };
}

async function ensureStream(manager: JetStreamManager, wanted: ManagedConfig): Promise<void> {
  const existing = await manager.streams.info(wanted.name).catch(onlyNotFound);
  if (existing === undefined) {
    await manager.streams.add(wanted);
  } else if (differs(existing.config, wanted)) {
    await manager.streams.update(wanted.name, wanted);
  }
}

function differs(existing: StreamConfig, wanted: ManagedConfig): boolean {
  return (
    existing.max_age !== wanted.max_age ||
    existing.max_bytes !== wanted.max_bytes ||
    existing.duplicate_window !== wanted.duplicate_window ||
    existing.discard !== wanted.discard ||
    [...existing.subjects].sort().join() !== [...wanted.subjects].sort().join()
  );
}

function onlyNotFound(error: unknown): undefined {
  if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
  throw error;
}
