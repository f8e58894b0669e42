import type { RecoveryAction, RecoveryStrategy, ServiceName } from '@signalbox/contracts';
import type { RecoveryActivation, RecoveryEndReason } from '@signalbox/routing';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { isoTimestamp } from '../database/column-types.js';

@Entity('recovery_activations')
export class RecoveryActivationEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text', { name: 'service_name' })
  serviceName!: ServiceName;

  @Column('text')
  action!: RecoveryAction;

  @Column('text')
  focus!: RecoveryStrategy;

  @Column('text', { name: 'trigger_event_id', nullable: true })
  triggerEventId!: string | null;

  @Column('jsonb')
  activation!: RecoveryActivation;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3, transformer: isoTimestamp })
  startedAt!: string;

  @Column({ type: 'timestamptz', name: 'ended_at', precision: 3, nullable: true, transformer: isoTimestamp })
  endedAt!: string | null;

  @Column('text', { name: 'end_reason', nullable: true })
  endReason!: RecoveryEndReason | null;
}
