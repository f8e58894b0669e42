import { diffConfig, type ConfigDifference } from '@signalbox/catalog';
import { SignalboxError, type ConfigVersion, type Page, type ServiceName } from '@signalbox/contracts';
import type { EntityManager } from 'typeorm';
import type { AuditStore, ChangedBy } from '../audit/audit-store.js';
import type { Database } from '../database/database.js';
import { lockInTransaction } from '../database/locks.js';
import { keyOf, limitOf, pageOf, type PageRequest } from '../paging.js';
import { ConfigHeadEntity, ConfigVersionEntity } from './config.entities.js';

/** The live version of one configuration object (`service:stripe`). */
export interface LiveConfig {
  object: string;
  version: number;
  updatedAt: string;
  updatedBy: string;
  body: unknown;
}

export interface ConfigChange {
  by: ChangedBy;
  /** What the audit calls it; `config.put` when absent. */
  action?: string;
  /** The version that the caller saw; 0 for "there is none yet". Any when absent. */
  expectedVersion?: number;
  comment?: string;
}

/**
 * Configuration objects of every kind, versioned: a change writes a new version, moves the live pointer and
 * the audit in one transaction. Bodies are JSON, checked whole by the caller.
 */
export class ConfigStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditStore,
  ) {}

  get(object: string): Promise<LiveConfig | null> {
    return this.database.run((manager) => readLive(manager, object));
  }

  /** Every object whose name starts with `prefix` (`service:`), in the order of their names. */
  async loadAll(prefix: string): Promise<LiveConfig[]> {
    const heads = await this.database.run((manager) =>
      manager
        .createQueryBuilder(ConfigHeadEntity, 'head')
        .innerJoinAndSelect('head.live', 'live')
        .where('starts_with(head.object, :prefix)', { prefix })
        .orderBy('head.object')
        .getMany(),
    );
    return heads.map((head) => liveOf(head.live));
  }

  /** Writes what is not there yet and leaves the rest alone, once however many replicas start together. */
  seed(objects: readonly { object: string; body: unknown }[], by: ChangedBy): Promise<string[]> {
    return this.audit.transaction(async (manager, record) => {
      const seeded: string[] = [];
      for (const { object, body } of objects) {
        await lockInTransaction(manager, 'config', object);
        if ((await readLive(manager, object)) !== null) continue;
        await writeVersion(manager, { object, version: 1, body, createdBy: by.actor, comment: null });
        await record({ by, action: 'config.seed', object, after: body });
        seeded.push(object);
      }
      return seeded;
    });
  }

  /** Replaces the whole body. Rejects with VERSION_CONFLICT when the object has moved on. */
  put(object: string, body: unknown, change: ConfigChange): Promise<LiveConfig> {
    return this.edit(object, () => body, change);
  }

  /**
   * Makes the next body from the live one (null when there is none) with no other change in between. What
   * `next` throws leaves everything as it was. Rejects with VERSION_CONFLICT when the object has moved on.
   */
  edit(object: string, next: (live: unknown) => unknown, change: ConfigChange): Promise<LiveConfig> {
    return this.audit.transaction(async (manager, record) => {
      await lockInTransaction(manager, 'config', object);
      const live = await readLive(manager, object);
      const currentVersion = live?.version ?? 0;
      const { expectedVersion } = change;
      if (expectedVersion !== undefined && expectedVersion !== currentVersion) {
        throw new SignalboxError(
          'VERSION_CONFLICT',
          `${object} is at version ${currentVersion}, not ${expectedVersion}`,
          { expectedVersion, currentVersion },
        );
      }
      const body = next(live?.body ?? null);
      const written = await writeVersion(manager, {
        object,
        version: currentVersion + 1,
        body,
        createdBy: change.by.actor,
        comment: change.comment ?? null,
      });
      await record({
        by: change.by,
        action: change.action ?? 'config.put',
        object,
        before: live?.body,
        after: body,
      });
      return written;
    });
  }

  /**
   * Newest first, without bodies; of one object where it is named. `services` null: of all objects; else only of those
   * that are named after one of them.
   */
  async versions(
    query: PageRequest & { object?: string },
    services: readonly ServiceName[] | null = null,
  ): Promise<Page<ConfigVersion>> {
    const limit = limitOf(query);
    const after = keyOf(query, ['number']);
    const rows = await this.database.run((manager) => {
      const select = manager
        .createQueryBuilder(ConfigVersionEntity, 'version')
        .select(
          ['id', 'object', 'version', 'createdAt', 'createdBy', 'comment'].map((name) => `version.${name}`),
        );
      if (query.object !== undefined) select.andWhere('version.object = :object', { object: query.object });
      if (services !== null) {
        select.andWhere(`split_part(version.object, ':', 2) = ANY(:services)`, { services });
      }
      if (after !== null) select.andWhere('version.id < :id', { id: after[0] });
      return select
        .orderBy('version.id', 'DESC')
        .limit(limit + 1)
        .getMany();
    });
    return pageOf(
      rows,
      limit,
      (row) => [row.id],
      (row) => ({ ...row, id: String(row.id) }),
    );
  }

  /** With its body. Rejects with NOT_FOUND. */
  async version(id: string): Promise<ConfigVersion & { body: unknown }> {
    const row = /^\d{1,15}$/.test(id)
      ? await this.database.run((manager) => manager.findOneBy(ConfigVersionEntity, { id: Number(id) }))
      : null;
    if (row === null) throw new SignalboxError('NOT_FOUND', `There is no version ${id}`);
    return { ...row, id: String(row.id) };
  }

  /** What changes from one version to the other. Both must be of one object, else CONFLICT. */
  async diff(id: string, otherId: string): Promise<ConfigDifference[]> {
    const [from, to] = await Promise.all([this.version(id), this.version(otherId)]);
    if (from.object !== to.object) {
      throw new SignalboxError('CONFLICT', `Versions ${id} and ${otherId} are of different objects`);
    }
    return diffConfig(from.body, to.body);
  }

  /**
   * Writes the body of an older version as a new one. `check` throws where the body, right when it was
   * written, is not any more.
   */
  async rollback(id: string, change: ConfigChange, check: (body: unknown) => void): Promise<LiveConfig> {
    const target = await this.version(id);
    check(target.body);
    return this.put(target.object, target.body, {
      action: 'config.rollback',
      comment: `Back to version ${target.version}`,
      ...change,
    });
  }
}

async function readLive(manager: EntityManager, object: string): Promise<LiveConfig | null> {
  const head = await manager.findOne(ConfigHeadEntity, { where: { object }, relations: { live: true } });
  return head === null ? null : liveOf(head.live);
}

async function writeVersion(
  manager: EntityManager,
  version: Pick<ConfigVersionEntity, 'object' | 'version' | 'body' | 'createdBy' | 'comment'>,
): Promise<LiveConfig> {
  const { body, ...rest } = version;
  const row = await manager.save(ConfigVersionEntity, { ...rest, body: body as object });
  await manager.upsert(ConfigHeadEntity, { object: row.object, version: row.version }, ['object']);
  return liveOf(row);
}

function liveOf(row: ConfigVersionEntity): LiveConfig {
  return {
    object: row.object,
    version: row.version,
    updatedAt: row.createdAt,
    updatedBy: row.createdBy,
    body: row.body,
  };
}
