import type {
  CircuitChanged,
  DecisionMade,
  ErrorReported,
  HealthChanged,
  OutcomeReported,
} from '@signalbox/contracts';
import type { Clock } from '@signalbox/statistics';
import type { Database } from '../database/database.js';
import { mayBeTallied, strikeTallies } from '../analytics/hourly-tallies.js';
import { codeOf } from '../database/database-errors.js';
import { insertNew, type HistoryTable } from './history-table.js';
import {
  circuitChanges,
  decisions,
  errorEvents,
  healthChanges,
  outcomes,
  type HealthChangeKind,
} from './history-tables.js';
import type { Partitions } from './partitions.js';

/** What became of a batch: new rows, rows that were there already, and events that no row can be made of. */
export interface WriteResult {
  written: number;
  duplicates: number;
  refused: RefusedEvent[];
}

/** `index` is the event's place in the batch. It will never be taken: sending it again is no use. */
export interface RefusedEvent {
  index: number;
  reason: string;
}

/** Rows a statement: past a thousand or so a larger one saves nothing more. */
const ROWS_PER_STATEMENT = 2_000;

/**
 * The record of what happened, written in batches from the stream. Writing an event again changes nothing, so
 * a batch that failed or was redelivered is simply written again. Rejects with DEPENDENCY_UNAVAILABLE while
 * the database is away; one bad event never keeps the rest of its batch out.
 */
export class HistoryStore {
  constructor(
    private readonly database: Database,
    private readonly partitions: Partitions,
    private readonly clock: Clock,
  ) {}

  /** Also notes that the connections live which the decisions name. */
  writeDecisions(events: readonly DecisionMade[]): Promise<WriteResult> {
    return this.write(decisions, events);
  }

  /** The first outcome of a decision stays; it may come before its decision. */
  writeOutcomes(events: readonly OutcomeReported[]): Promise<WriteResult> {
    return this.write(outcomes, events);
  }

  /** Also counts the events of the connections that they name. */
  writeErrors(events: readonly ErrorReported[]): Promise<WriteResult> {
    return this.write(errorEvents, events);
  }

  writeCircuitChanges(events: readonly CircuitChanged[]): Promise<WriteResult> {
    return this.write(circuitChanges, events);
  }

  writeHealthChanges(change: HealthChangeKind, events: readonly HealthChanged[]): Promise<WriteResult> {
    return this.write(
      healthChanges,
      events.map((event) => ({ ...event, change })),
    );
  }

  private async write<Event>(history: HistoryTable<Event>, events: readonly Event[]): Promise<WriteResult> {
    const nowMs = this.clock.nowMs();
    const refused: RefusedEvent[] = [];
    const taken: Entry<Event>[] = [];
    for (const [index, event] of events.entries()) {
      const timeMs = history.timeMsOf(event);
      // NaN, a time that is none, is accepted nowhere.
      if (this.partitions.accepts(history.table, timeMs, nowMs)) taken.push({ index, event, timeMs });
      else refused.push({ index, reason: 'its time is outside of what is kept' });
    }
    let written = 0;
    for (let from = 0; from < taken.length; from += ROWS_PER_STATEMENT) {
      written += await this.writeChunk(history, taken.slice(from, from + ROWS_PER_STATEMENT), refused);
    }
    return { written, duplicates: events.length - refused.length - written, refused };
  }

  private async writeChunk<Event>(
    history: HistoryTable<Event>,
    entries: readonly Entry<Event>[],
    refused: RefusedEvent[],
  ): Promise<number> {
    try {
      return await this.insert(history, entries);
    } catch (error) {
      if (!isBadData(error)) throw error;
      const [only] = entries;
      if (entries.length === 1 && only !== undefined) {
        refused.push({ index: only.index, reason: `the database refuses it: ${codeOf(error)}` });
        return 0;
      }
      // Halving finds one bad event among thousands in a dozen statements, and writes the rest.
      const middle = Math.ceil(entries.length / 2);
      const before = await this.writeChunk(history, entries.slice(0, middle), refused);
      return before + (await this.writeChunk(history, entries.slice(middle), refused));
    }
  }

  private async insert<Event>(
    history: HistoryTable<Event>,
    entries: readonly Entry<Event>[],
  ): Promise<number> {
    const times = entries.map((entry) => entry.timeMs);
    const events = entries.map((entry) => entry.event);
    const nowMs = this.clock.nowMs();
    const late = history.tallied ? times.filter((timeMs) => mayBeTallied(timeMs, nowMs)) : [];
    const attempt = async () => {
      await this.partitions.ensure(history.table, times);
      if (late.length === 0) return this.database.run((manager) => insertNew(manager, history, events));
      return this.database.transaction(async (manager) => {
        await strikeTallies(manager, late);
        return insertNew(manager, history, events);
      });
    };
    return attempt().catch((error: unknown) => {
      if (!isMissingPartition(error)) throw error;
      this.partitions.forget();
      return attempt();
    });
  }
}

interface Entry<Event> {
  index: number;
  event: Event;
  timeMs: number;
}

/** Class 22: the value does not fit its type; class 23: it breaks a constraint. */
function isBadData(error: unknown): boolean {
  return /^2[23]/.test(codeOf(error) ?? '');
}

function isMissingPartition(error: unknown): boolean {
  return codeOf(error) === '23514' && error instanceof Error && error.message.includes('no partition');
}
