import { Controller } from '@nestjs/common';
import {
  REPORTS_QUEUE_GROUP,
  SERVICE_NAMES,
  ok,
  reportRequest,
  reportSubject,
  type CostMonitoring as CostMonitoringAnswer,
  type Recommendation,
  type Success,
} from '@signalbox/contracts';
import { Replies } from '@signalbox/messaging';
import { RecommendationStore } from '@signalbox/persistence';
import { CostMonitoring } from '../cost-monitoring/cost-monitoring.js';

/** More than one caller is shown: each sees the best of its own services. A few hundred KB at most. */
const MOST_RECOMMENDATIONS = 200;

/** Tells other apps what is spent and what would save, of all services: whoever asks shows each caller its own. */
@Controller()
export class CostReplies {
  constructor(
    private readonly monitoring: CostMonitoring,
    private readonly recommendations: RecommendationStore,
  ) {}

  @Replies(reportSubject('cost-monitoring'), { queue: REPORTS_QUEUE_GROUP, request: reportRequest })
  async costs(): Promise<Success<CostMonitoringAnswer>> {
    return ok(await this.monitoring.of(SERVICE_NAMES));
  }

  @Replies(reportSubject('recommendations'), { queue: REPORTS_QUEUE_GROUP, request: reportRequest })
  async savings(): Promise<Success<{ items: Recommendation[] }>> {
    const filter = { services: SERVICE_NAMES, limit: MOST_RECOMMENDATIONS };
    return ok({ items: await this.recommendations.list(filter) });
  }
}
