import { Column, Entity, PrimaryColumn } from 'typeorm';
import { isoTimestamp } from '../database/column-types.js';

@Entity('node_credentials')
export class NodeCredentialEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'node_id' })
  nodeId!: string;

  @Column('text', { name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column('bytea', { nullable: true })
  nonce!: Buffer | null;

  @Column('bytea', { nullable: true })
  ciphertext!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, transformer: isoTimestamp })
  createdAt!: string;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column({
    type: 'timestamptz',
    name: 'expires_at',
    precision: 3,
    nullable: true,
    transformer: isoTimestamp,
  })
  expiresAt!: string | null;

  @Column({
    type: 'timestamptz',
    name: 'revoked_at',
    precision: 3,
    nullable: true,
    transformer: isoTimestamp,
  })
  revokedAt!: string | null;
}
