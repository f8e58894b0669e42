import { Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SignalboxError,
  ok,
  revocationsQuery,
  revokeTokens,
  type Page,
  type RevocationsQuery,
  type RevokeTokens,
  type Success,
  type TokenRevocation,
} from '@signalbox/contracts';
import type { ChangedBy } from '@signalbox/persistence';
import { Access, Caller, Correlation, ValidBody, ValidQuery } from '@signalbox/platform';
import { RevokeOrRestoreTokens } from './revoke-tokens.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@ApiTags('admin')
@Controller('admin/token-revocations')
export class RevocationsController {
  constructor(private readonly tokens: RevokeOrRestoreTokens) {}

  /** Refuses one token (its claim `jti`) or all that a subject was issued so far, in every app, and ends their connections. */
  @Post()
  @Access({ roles: ['admin'], perMinute: 60 })
  async revoke(
    @ValidBody(revokeTokens) body: RevokeTokens,
    @Caller() caller: Caller,
  ): Promise<Success<TokenRevocation>> {
    return ok(await this.tokens.revoke(body, by(caller)));
  }

  /** Those in force, newest first. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(@ValidQuery(revocationsQuery) query: RevocationsQuery): Promise<Success<Page<TokenRevocation>>> {
    return ok(await this.tokens.list(query));
  }

  /** Takes the tokens again that it alone refused. */
  @Delete(':id')
  @Access({ roles: ['admin'], perMinute: 60 })
  async restore(@Param('id') id: string, @Caller() caller: Caller): Promise<Success<TokenRevocation>> {
    if (!UUID.test(id)) throw new SignalboxError('NOT_FOUND', `No revocation ${id} is in force`);
    return ok(await this.tokens.restore(id, by(caller)));
  }
}

function by(caller: Caller): ChangedBy {
  return { actor: caller.subject, role: caller.role, correlationId: Correlation.id() ?? 'none' };
}
