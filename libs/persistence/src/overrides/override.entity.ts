import type { MicroUsd, OverrideEndReason, ServiceName } from '@signalbox/contracts';
import type { OverrideState } from '@signalbox/routing';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { isoTimestamp } from '../database/column-types.js';

@Entity('overrides')
export class OverrideEntity {
  @PrimaryColumn('text', { name: 'coordination_id' })
  coordinationId!: string;

  @Column('text', { name: 'service_name' })
  serviceName!: ServiceName;

  @Column('text', { nullable: true })
  operation!: string | null;

  @Column('text', { name: 'emergency_reason' })
  emergencyReason!: string;

  @Column('text', { name: 'business_justification' })
  businessJustification!: string;

  @Column('text', { name: 'node_id' })
  nodeId!: string;

  @Column('text', { name: 'activated_by' })
  activatedBy!: string;

  @Column('jsonb')
  state!: OverrideState;

  @Column({ type: 'timestamptz', name: 'activated_at', precision: 3, transformer: isoTimestamp })
  activatedAt!: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, transformer: isoTimestamp })
  expiresAt!: string;

  @Column('bigint', { name: 'max_budget_micro_usd' })
  maxBudgetMicroUsd!: MicroUsd;

  @Column('bigint', { name: 'spent_micro_usd' })
  spentMicroUsd!: MicroUsd;

  @Column({ type: 'timestamptz', name: 'ended_at', precision: 3, nullable: true, transformer: isoTimestamp })
  endedAt!: string | null;

  @Column('text', { name: 'end_reason', nullable: true })
  endReason!: OverrideEndReason | null;

  @Column('text', { name: 'ended_by', nullable: true })
  endedBy!: string | null;
}
