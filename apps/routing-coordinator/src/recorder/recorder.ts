import { Controller, Logger } from '@nestjs/common';
import type {
  AuditRecorded,
  CircuitChanged,
  DecisionMade,
  ErrorReported,
  HealthChanged,
  OutcomeReported,
  OverrideActivated,
  OverrideEnded,
  RecoveryChanged,
} from '@signalbox/contracts';
import { OnFactBatch, type OnFactBatchOptions } from '@signalbox/messaging';
import {
  AuditStore,
  HistoryStore,
  OverrideStore,
  RecoveryStore,
  type WriteResult,
} from '@signalbox/persistence';

/** Large enough for tens of thousands of rows a second, soon enough that history is under a second old. */
const BATCH: OnFactBatchOptions = { consumer: 'recorder', maxMessages: 1_000, maxWaitMs: 200, from: 'all' };

/**
 * Writes history behind the streams, in batches, shared by the replicas. While PostgreSQL is down the events wait
 * in JetStream; every write is idempotent, so what comes twice is stored once.
 */
@Controller()
export class Recorder {
  private readonly logger = new Logger(Recorder.name);

  constructor(
    private readonly history: HistoryStore,
    private readonly overrides: OverrideStore,
    private readonly recoveries: RecoveryStore,
    private readonly audit: AuditStore,
  ) {}

  @OnFactBatch('decisions.made', BATCH)
  async decisions(events: DecisionMade[]): Promise<void> {
    this.note('decisions', await this.history.writeDecisions(events));
  }

  @OnFactBatch('outcomes.reported', BATCH)
  async outcomes(events: OutcomeReported[]): Promise<void> {
    this.note('outcomes', await this.history.writeOutcomes(events));
  }

  @OnFactBatch('errors.reported', BATCH)
  async errors(events: ErrorReported[]): Promise<void> {
    this.note('error events', await this.history.writeErrors(events));
  }

  @OnFactBatch('circuits.changed', BATCH)
  async circuits(events: CircuitChanged[]): Promise<void> {
    this.note('circuit changes', await this.history.writeCircuitChanges(events));
  }

  @OnFactBatch('health.degraded', BATCH)
  async degraded(events: HealthChanged[]): Promise<void> {
    this.note('degradations', await this.history.writeHealthChanges('degraded', events));
  }

  @OnFactBatch('health.recovered', BATCH)
  async recovered(events: HealthChanged[]): Promise<void> {
    this.note('recoveries of health', await this.history.writeHealthChanges('recovered', events));
  }

  @OnFactBatch('overrides.activated', BATCH)
  async overridesActivated(events: OverrideActivated[]): Promise<void> {
    await this.overrides.recordActivated(events);
  }

  @OnFactBatch('overrides.ended', BATCH)
  async overridesEnded(events: OverrideEnded[]): Promise<void> {
    await this.overrides.recordEnded(events);
  }

  @OnFactBatch('recoveries.changed', BATCH)
  async recoveriesChanged(events: RecoveryChanged[]): Promise<void> {
    await this.recoveries.record(events);
  }

  @OnFactBatch('audit.recorded', BATCH)
  async audited(events: AuditRecorded[]): Promise<void> {
    await this.audit.record(events);
  }

  private note(what: string, { refused }: WriteResult): void {
    const first = refused[0];
    if (first === undefined) return;
    this.logger.warn(
      `${refused.length} ${what} were not written to history, the first because: ${first.reason}`,
    );
  }
}
