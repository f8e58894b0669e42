import {
  Column,
  Entity,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { isoTimestamp } from '../database/column-types.js';

/** One version of one configuration object; never changed once written. */
@Entity('config_versions')
export class ConfigVersionEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id!: number;

  @Column('text')
  object!: string;

  @Column('integer')
  version!: number;

  @Column('jsonb')
  body!: unknown;

  @Column({
    type: 'timestamptz',
    name: 'created_at',
    precision: 3,
    default: () => 'now()',
    transformer: isoTimestamp,
  })
  createdAt!: string;

  @Column('text', { name: 'created_by' })
  createdBy!: string;

  @Column('text', { nullable: true })
  comment!: string | null;
}

/** Which version of an object is live. */
@Entity('config_heads')
export class ConfigHeadEntity {
  @PrimaryColumn('text')
  object!: string;

  @Column('integer')
  version!: number;

  @ManyToOne(() => ConfigVersionEntity)
  @JoinColumn([
    { name: 'object', referencedColumnName: 'object' },
    { name: 'version', referencedColumnName: 'version' },
  ])
  live!: Relation<ConfigVersionEntity>;
}
