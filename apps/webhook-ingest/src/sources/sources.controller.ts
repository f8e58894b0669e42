import { Controller, Delete, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  SignalboxError,
  addWebhookSecret,
  ok,
  putWebhookSource,
  type AddWebhookSecret,
  type FieldError,
  type PutWebhookSource,
  type ServiceName,
  type Success,
  type WebhookSecretStatus,
  type WebhookSource,
} from '@signalbox/contracts';
import { ChangeConfig, WEBHOOK_SOURCES, shown, type VersionedConfig } from '@signalbox/hosting';
import { WebhookSecrets } from '@signalbox/persistence';
import { Access, Caller, ServiceParam, ValidBody, mayTouch } from '@signalbox/platform';
import { checkCidr, checkSecret } from '@signalbox/webhooks';
import { changedBy } from '../changed-by.js';
import { LIVE_SOURCES, type LiveSourceConfigs } from '../stores.module.js';
import { LiveSources } from './live-sources.js';
import { SecretUse } from './secret-use.js';

type ShownSource = Omit<VersionedConfig<WebhookSource>, 'body'> &
  WebhookSource & { problems: readonly string[]; secrets: WebhookSecretStatus[] };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who may send webhooks and how they are verified. A secret goes in and is never shown again. */
@ApiTags('admin')
@Controller('admin/webhook-sources')
export class SourcesController {
  constructor(
    @Inject(LIVE_SOURCES) private readonly configs: LiveSourceConfigs,
    private readonly sources: LiveSources,
    private readonly secrets: WebhookSecrets,
    private readonly secretUse: SecretUse,
    private readonly change: ChangeConfig,
  ) {}

  /** Every source that the caller may touch. */
  @Get()
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async list(@Caller() caller: Caller): Promise<Success<{ items: ShownSource[] }>> {
    await this.secretUse.write();
    const names = SERVICE_NAMES.filter((name) => mayTouch(caller, name));
    return ok({ items: await Promise.all(names.map((name) => this.shown(name))) });
  }

  @Get(':serviceName')
  @Access({ roles: ['admin', 'manager'], perMinute: 60 })
  async get(@ServiceParam() serviceName: ServiceName): Promise<Success<ShownSource>> {
    await this.secretUse.write();
    return ok(await this.shown(serviceName));
  }

  /** Replaces the configuration whole; 409 when `expectedVersion` is not the live one. Secrets stay. */
  @Put(':serviceName')
  @Access({ roles: ['admin'], perMinute: 30 })
  async put(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(putWebhookSource) body: PutWebhookSource,
    @Caller() caller: Caller,
  ): Promise<Success<ShownSource>> {
    const { expectedVersion, comment, ...source } = body;
    assertCidrs(source.allowCidrs ?? []);
    const options = { expectedVersion, comment };
    this.configs.take(await this.change.put(WEBHOOK_SOURCES, serviceName, source, caller, options));
    return ok(await this.shown(serviceName));
  }

  /** Active at once, beside those there are: so a rotation has no gap. */
  @Post(':serviceName/secrets')
  @Access({ roles: ['admin'], perMinute: 10 })
  async addSecret(
    @ServiceParam() serviceName: ServiceName,
    @ValidBody(addWebhookSecret) { secret }: AddWebhookSecret,
    @Caller() caller: Caller,
  ): Promise<Success<WebhookSecretStatus>> {
    const problem = checkSecret(serviceName, secret);
    if (problem !== null) throw badFields([{ path: 'secret', message: problem }]);
    const status = await this.secrets.add(serviceName, secret, changedBy(caller));
    await this.sources.announce(serviceName);
    return ok(status);
  }

  /** What was signed with it is refused from now on. */
  @Delete(':serviceName/secrets/:id')
  @Access({ roles: ['admin'], perMinute: 10 })
  async removeSecret(
    @ServiceParam() serviceName: ServiceName,
    @Param('id') id: string,
    @Caller() caller: Caller,
  ): Promise<Success<{ id: string }>> {
    if (!UUID.test(id)) throw new SignalboxError('NOT_FOUND', `${serviceName} has no such secret`);
    await this.secrets.remove(serviceName, id, changedBy(caller));
    await this.sources.announce(serviceName);
    return ok({ id });
  }

  private async shown(serviceName: ServiceName): Promise<ShownSource> {
    return {
      ...shown(this.configs.get(serviceName)),
      problems: this.sources.find(serviceName)?.problems ?? ['is not loaded yet'],
      secrets: await this.secrets.list(serviceName),
    };
  }
}

function assertCidrs(cidrs: readonly string[]): void {
  const fields = cidrs.flatMap((cidr, index) => {
    const message = checkCidr(cidr);
    return message === null ? [] : [{ path: `allowCidrs.${index}`, message }];
  });
  if (fields.length > 0) throw badFields(fields);
}

function badFields(fields: FieldError[]): SignalboxError {
  const [first] = fields;
  return new SignalboxError('VALIDATION_FAILED', `${first?.path}: ${first?.message}`, { fields });
}
