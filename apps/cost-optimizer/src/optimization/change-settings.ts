import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  SERVICE_NAMES,
  SignalboxError,
  type ConfigurationChange,
  type Recommendation,
  type ServiceName,
} from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import { RecommendationStore } from '@signalbox/persistence';
import { assertMayTouch, Correlation, type Caller } from '@signalbox/platform';
import type { Clock } from '@signalbox/statistics';
import { changeFields, hasFields } from './field-changes.js';
import { LivePolicies } from './live-policies.js';
import { LiveServices } from './live-services.js';

type Direction = 'apply' | 'revert';

/** Begun so long ago and not finished: the process that began it is gone. */
const ABANDONED_MS = 60_000;

/**
 * Carries out recommendations and takes them back. Only the recommended fields change, and only while they are as they
 * were when the recommendation was replayed: what somebody else has changed meanwhile is never undone.
 */
@Injectable()
export class ChangeSettings {
  private readonly logger = new Logger(ChangeSettings.name);

  constructor(
    private readonly recommendations: RecommendationStore,
    private readonly services: LiveServices,
    private readonly policies: LivePolicies,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * A new version of the configuration, live everywhere.
   * @throws SignalboxError NOT_FOUND; CONFLICT when it is not open, is advice only, or the configuration has moved on
   */
  async apply(id: string, caller: Caller, comment?: string): Promise<Recommendation> {
    const { serviceName, change } = await this.recommendations.get(id);
    assertMayTouch(caller, serviceName);
    if (change === null) {
      throw new SignalboxError(
        'CONFLICT',
        'This is advice for callers: no setting of Signalbox carries it out',
      );
    }
    await this.recommendations.beginApply(id, caller.subject, this.clock.nowMs());
    try {
      const version = await this.change(id, serviceName, change, 'apply', caller, comment);
      return await this.recommendations.applied(id, version);
    } catch (error) {
      await this.undo(() => this.recommendations.reopen(id), error);
      throw error;
    }
  }

  /** Back to what the fields were. Errors as of {@link apply}. */
  async rollback(id: string, caller: Caller, comment?: string): Promise<Recommendation> {
    const { serviceName, change } = await this.recommendations.get(id);
    assertMayTouch(caller, serviceName);
    await this.recommendations.beginRollback(id, caller.subject, this.clock.nowMs());
    try {
      const version = await this.change(id, serviceName, change!, 'revert', caller, comment);
      return await this.recommendations.rolledBack(id, version);
    } catch (error) {
      await this.undo(() => this.recommendations.stillApplied(id), error);
      throw error;
    }
  }

  async dismiss(id: string, caller: Caller, comment?: string): Promise<Recommendation> {
    const { serviceName } = await this.recommendations.get(id);
    assertMayTouch(caller, serviceName);
    const reason = comment ?? `dismissed by ${caller.subject}`;
    return this.recommendations.dismiss(id, reason, this.clock.nowMs());
  }

  /** Puts right what a process left half done: the configuration says whether it happened. */
  async finishAbandoned(): Promise<void> {
    for (const { id, serviceName, state, change } of await this.recommendations.unfinished(
      this.clock.nowMs() - ABANDONED_MS,
    )) {
      if (change === null) continue;
      const { body, version } = await this.live(change.object, serviceName);
      const isDone = hasFields(body, change.fields, state === 'applied' ? 'to' : 'from');
      if (state === 'applied') {
        await (isDone ? this.recommendations.applied(id, version) : this.recommendations.reopen(id));
      } else {
        await (isDone ? this.recommendations.rolledBack(id, version) : this.recommendations.stillApplied(id));
      }
    }
  }

  private async live(object: string, serviceName: ServiceName): Promise<{ body: unknown; version: number }> {
    if (isPolicy(object)) {
      const { policy, version } = await this.policies.get(serviceName);
      return { body: policy, version };
    }
    const { service, version } = await this.services.get(serviceName);
    return { body: service, version };
  }

  private async change(
    id: string,
    serviceName: ServiceName,
    { object, fields }: ConfigurationChange,
    direction: Direction,
    caller: Caller,
    comment: string | undefined,
  ): Promise<number> {
    const said = comment ?? `${direction === 'apply' ? 'Applies' : 'Rolls back'} recommendation ${id}`;
    const next = <T>(body: T): T => changeFields<T>(body, fields, direction);
    if (isPolicy(object)) return this.policies.edit(serviceName, next, caller, said);
    const { version } = await this.services.edit(serviceName, next, {
      by: { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' },
      action: direction === 'apply' ? 'recommendation.apply' : 'recommendation.rollback',
      comment: said,
    });
    return version;
  }

  private async undo(undo: () => Promise<void>, cause: unknown): Promise<void> {
    await undo().catch((error: unknown) => {
      this.logger.warn(`${String(cause)}; its recommendation is put right in a minute: ${String(error)}`);
    });
  }
}

function isPolicy(object: string): boolean {
  return SERVICE_NAMES.some((name) => object === `batch-policy:${name}`);
}
