import {
  SignalboxError,
  type MicroUsd,
  type OverrideEndReason,
  type Page,
  type ServiceName,
} from '@signalbox/contracts';
import { spentMicroUsdOf, type OverrideState } from '@signalbox/routing';
import { IsNull } from 'typeorm';
import type { AuditStore, ChangedBy } from '../audit/audit-store.js';
import { codeOf } from '../database/database-errors.js';
import type { Database } from '../database/database.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';
import { OverrideEntity } from './override.entity.js';

/** Why an override was asked for, and by whom. */
export interface OverrideGrounds {
  operation: string | null;
  emergencyReason: string;
  businessJustification: string;
  /** The node chosen when it began. */
  nodeId: string;
}

/** An override with what has become of it. `state` is the truth; the figures beside it are read from it. */
export interface OverrideRecord extends OverrideGrounds {
  coordinationId: string;
  serviceName: ServiceName;
  activatedBy: string;
  state: OverrideState;
  activatedAt: string;
  expiresAt: string;
  maxBudgetMicroUsd: MicroUsd;
  spentMicroUsd: MicroUsd;
  endedAt: string | null;
  endReason: OverrideEndReason | null;
  endedBy: string | null;
}

/**
 * Emergency overrides: they outlive restarts, and a service has at most one that has not ended. Begin and end
 * are audited with the change itself.
 */
export class OverrideStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
  ) {}

  /** Rejects with OVERRIDE_ALREADY_ACTIVE while the service has one that has not ended. */
  async create(state: OverrideState, grounds: OverrideGrounds, by: ChangedBy): Promise<OverrideRecord> {
    const override: OverrideRecord = {
      coordinationId: state.terms.overrideId,
      serviceName: state.terms.serviceName,
      activatedBy: by.actor,
      ...grounds,
      ...shown(state, by),
    };
    try {
      return await this.audit.transaction(async (manager, record) => {
        await manager.insert(OverrideEntity, override);
        await record({ by, action: 'override.activate', object: objectOf(override), after: override });
        return override;
      });
    } catch (error) {
      if (codeOf(error) !== UNIQUE_VIOLATION) throw error;
      throw new SignalboxError(
        'OVERRIDE_ALREADY_ACTIVE',
        `Service ${override.serviceName} already has an active emergency override`,
      );
    }
  }

  /**
   * Replaces the state with what `next` makes of it, with no other change in between. `endedNow` is true for
   * the one edit that ended it: only that one tells the world. Rejects with NOT_FOUND.
   */
  edit(
    coordinationId: string,
    next: (state: OverrideState) => OverrideState,
    by: ChangedBy,
  ): Promise<{ override: OverrideRecord; endedNow: boolean }> {
    return this.audit.transaction(async (manager, record) => {
      const before = await manager.findOne(OverrideEntity, {
        where: { coordinationId },
        lock: { mode: 'pessimistic_write' },
      });
      if (before === null) throw unknownOverride(coordinationId);
      const state = next(before.state);
      const override: OverrideRecord = { ...before, ...shown(state, by) };
      // Spending reported after the end does not change who ended it.
      if (before.endedAt !== null) override.endedBy = before.endedBy;
      await manager.save(OverrideEntity, override);
      const endedNow = before.endedAt === null && override.endedAt !== null;
      if (endedNow) {
        await record({
          by,
          action: 'override.end',
          object: objectOf(override),
          before: { ...before },
          after: override,
        });
      }
      return { override, endedNow };
    });
  }

  /** Those that have not ended; `expireOverride` tells which of them are due. */
  async active(): Promise<OverrideRecord[]> {
    const rows = await this.database.run((manager) =>
      manager.find(OverrideEntity, { where: { endedAt: IsNull() }, order: { activatedAt: 'ASC' } }),
    );
    return rows.map((row) => ({ ...row }));
  }

  /** Rejects with NOT_FOUND. */
  async get(coordinationId: string): Promise<OverrideRecord> {
    const row = await this.database.run((manager) => manager.findOneBy(OverrideEntity, { coordinationId }));
    if (row === null) throw unknownOverride(coordinationId);
    return { ...row };
  }

  /** Newest first, ended ones included. */
  async list(request: PageRequest): Promise<Page<OverrideRecord>> {
    const limit = limitOf(request);
    const after = keyOf(request, ['time', 'text']);
    const rows = await this.database.run((manager) => {
      const select = manager.createQueryBuilder(OverrideEntity, 'override');
      if (after !== null) {
        select.where('(override.activatedAt, override.coordinationId) < (:at, :id)', {
          at: after[0],
          id: after[1],
        });
      }
      return select
        .orderBy('override.activatedAt', 'DESC')
        .addOrderBy('override.coordinationId', 'DESC')
        .limit(limit + 1)
        .getMany();
    });
    return pageOf(
      rows,
      limit,
      (row) => [row.activatedAt, row.coordinationId],
      (row) => ({ ...row }),
    );
  }
}

const UNIQUE_VIOLATION = '23505';

/** What lists and analytics ask for, read from the state. */
function shown(state: OverrideState, by: ChangedBy) {
  const { terms, phase } = state;
  const ended = phase.kind === 'ended';
  return {
    state,
    activatedAt: iso(terms.activatedAtMs),
    expiresAt: iso(terms.expiresAtMs),
    maxBudgetMicroUsd: terms.amountMicroUsd,
    spentMicroUsd: spentMicroUsdOf(state),
    endedAt: ended ? iso(phase.endedAtMs) : null,
    endReason: ended ? phase.reason : null,
    endedBy: ended ? by.actor : null,
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function objectOf(override: { coordinationId: string }): string {
  return `override:${override.coordinationId}`;
}

function unknownOverride(coordinationId: string): SignalboxError {
  return new SignalboxError('NOT_FOUND', `There is no override ${coordinationId}`);
}
