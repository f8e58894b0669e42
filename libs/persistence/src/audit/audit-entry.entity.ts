import type { ServiceName } from '@signalbox/contracts';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { isoTimestamp } from '../database/column-types.js';

@Entity('audit_entries')
export class AuditEntryEntity {
  @PrimaryColumn({ type: 'timestamptz', precision: 3, default: () => 'now()', transformer: isoTimestamp })
  at!: string;

  @PrimaryColumn('bigint', { default: () => "nextval('audit_entries_id_seq')" })
  id!: number;

  @Column('text')
  actor!: string;

  @Column('text')
  role!: string;

  @Column('text')
  action!: string;

  @Column('text')
  object!: string;

  @Column('text', { name: 'service_name', nullable: true })
  serviceName!: ServiceName | null;

  @Column('jsonb', { nullable: true })
  before!: unknown;

  @Column('jsonb', { nullable: true })
  after!: unknown;

  @Column('text', { name: 'correlation_id' })
  correlationId!: string;
}
