import { Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ok, type ServiceName, type Success, type WebhookReceipt } from '@signalbox/contracts';
import { Raw, RawAccess, RawRequest, ServiceParam } from '@signalbox/platform';
import { ReceiveDelivery } from './receive-delivery.js';

@ApiTags('webhooks')
@Controller('external-services/webhook')
export class ReceiveController {
  constructor(private readonly receive: ReceiveDelivery) {}

  /** A provider's webhook, verified by its signature. Success means that it is durable; every failure may be retried. */
  @Post(':serviceName')
  @RawAccess()
  async take(
    @ServiceParam() serviceName: ServiceName,
    @Raw() request: RawRequest,
  ): Promise<Success<WebhookReceipt>> {
    return ok(await this.receive.execute(serviceName, request));
  }
}
