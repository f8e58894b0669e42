import { Controller } from '@nestjs/common';
import {
  REPORTS_QUEUE_GROUP,
  SERVICE_NAMES,
  ok,
  reportRequest,
  reportSubject,
  type Success,
  type WebhookCoordination,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { WebhookFigures } from '../statistics/webhook-figures.js';

/** Tells other apps what came in during the last hour, of all services: whoever asks shows each caller its own. */
@Controller()
export class WebhookReplies {
  constructor(private readonly figures: WebhookFigures) {}

  @Replies(reportSubject('webhook-coordination'), { queue: REPORTS_QUEUE_GROUP, request: reportRequest })
  async coordination(): Promise<Success<WebhookCoordination>> {
    return ok(await this.figures.coordination({ timeframe: '1h', services: SERVICE_NAMES }));
  }
}
