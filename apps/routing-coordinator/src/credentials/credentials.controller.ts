import { Controller, Get, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  ok,
  putCredential,
  rotateCredential,
  type PutCredential,
  type RotateCredential,
  type Success,
} from '@signalbox/contracts';
import { CredentialStore, type ChangedBy, type CredentialStatus } from '@signalbox/persistence';
import { Access, Caller, Correlation, ValidBody } from '@signalbox/platform';
import { RoutingEngine } from '@signalbox/routing';
import { locateNode } from '../catalog/locate-node.js';
import { Revocations } from './revocations.js';

type Statuses = Success<{ nodeId: string; credentials: CredentialStatus[] }>;

/** A node's credentials. They go in and are never shown again: answers tell their states only. */
@ApiTags('admin')
@Controller('admin/nodes/:nodeId/credentials')
export class CredentialsController {
  constructor(
    private readonly store: CredentialStore,
    private readonly revocations: Revocations,
    private readonly engine: RoutingEngine,
  ) {}

  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(@Param('nodeId') nodeId: string, @Caller() caller: Caller): Promise<Statuses> {
    locateNode(this.engine, nodeId, caller);
    return this.statuses(nodeId);
  }

  /** The node's only credential from now on. */
  @Put()
  @Access({ roles: ['admin'], perMinute: 10 })
  async set(
    @Param('nodeId') nodeId: string,
    @ValidBody(putCredential) body: PutCredential,
    @Caller() caller: Caller,
  ): Promise<Statuses> {
    locateNode(this.engine, nodeId, caller);
    await this.store.set(nodeId, body.secret, changedBy(caller));
    await this.revocations.publish(nodeId, false);
    return this.statuses(nodeId);
  }

  /** A new credential; the old one works on until the overlap ends. */
  @Post('rotate')
  @Access({ roles: ['admin'], perMinute: 10 })
  async rotate(
    @Param('nodeId') nodeId: string,
    @ValidBody(rotateCredential) body: RotateCredential,
    @Caller() caller: Caller,
  ): Promise<Statuses> {
    locateNode(this.engine, nodeId, caller);
    await this.store.rotate(nodeId, body.secret, body.overlapMinutes, changedBy(caller));
    await this.revocations.publish(nodeId, false);
    return this.statuses(nodeId);
  }

  /** Ends all of the node's credentials at once, everywhere: it takes no traffic until a new one is set. */
  @Post('revoke')
  @Access({ roles: ['admin'], perMinute: 10 })
  async revoke(@Param('nodeId') nodeId: string, @Caller() caller: Caller): Promise<Statuses> {
    locateNode(this.engine, nodeId, caller);
    await this.store.revoke(nodeId, changedBy(caller));
    await this.revocations.publish(nodeId, true);
    return this.statuses(nodeId);
  }

  private async statuses(nodeId: string): Promise<Statuses> {
    return ok({ nodeId, credentials: await this.store.statuses(nodeId) });
  }
}

function changedBy(caller: Caller): ChangedBy {
  return { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' };
}
