import { AuditEntryEntity } from '../audit/audit-entry.entity.js';
import { ConfigHeadEntity, ConfigVersionEntity } from '../config/config.entities.js';
import { NodeCredentialEntity } from '../credentials/node-credential.entity.js';

/**
 * What TypeORM maps: the tables that are read and written row by row. History is written in bulk and read in
 * sums, by SQL that says so.
 */
export const entities = [AuditEntryEntity, ConfigHeadEntity, ConfigVersionEntity, NodeCredentialEntity];
