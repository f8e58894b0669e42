import { Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  SERVICE_NAMES,
  costOptimizeRequest,
  ok,
  optimizationRequest,
  recommendationChange,
  recommendationsQuery,
  type CostOptimizeRequest,
  type OptimizationRequest,
  type OptimizationRun,
  type Recommendation,
  type RecommendationChange,
  type RecommendationsQuery,
  type ServiceName,
  type Success,
} from '@signalbox/contracts';
import { RecommendationStore } from '@signalbox/persistence';
import { Access, Caller, ValidBody, ValidQuery, mayTouch } from '@signalbox/platform';
import { ChangeSettings } from './change-settings.js';
import { Optimizer } from './optimizer.js';

@ApiTags('costs')
@Controller()
export class OptimizationController {
  constructor(
    private readonly optimizer: Optimizer,
    private readonly settings: ChangeSettings,
    private readonly recommendations: RecommendationStore,
  ) {}

  /** Replays recorded traffic now; answers what it would change and, with `apply: true`, changes the best of it. */
  @Post('external-services/trigger-optimization')
  @Access({ roles: ['admin', 'manager'], perMinute: 10 })
  async trigger(
    @ValidBody(optimizationRequest) body: OptimizationRequest,
    @Caller() caller: Caller,
  ): Promise<Success<OptimizationRun>> {
    const services = body.serviceName === undefined ? servicesOf(caller) : [body.serviceName];
    return ok(await this.optimizer.run(services, body, caller));
  }

  /** The same for all services that the caller may touch. */
  @Post('stream-b-coordination/cost/optimize')
  @Access({ roles: ['admin', 'manager'], perMinute: 10 })
  async optimize(
    @ValidBody(costOptimizeRequest) body: CostOptimizeRequest,
    @Caller() caller: Caller,
  ): Promise<Success<OptimizationRun>> {
    return ok(await this.optimizer.run(servicesOf(caller), body, caller));
  }

  /** What was found, ranked by what it saves a day; what was applied, beside what it really saved. */
  @Get('stream-b-coordination/optimization/recommendations')
  @Access({ roles: ['admin', 'manager', 'user'], perMinute: 60 })
  async list(
    @ValidQuery(recommendationsQuery) { serviceName, state, limit = 50 }: RecommendationsQuery,
    @Caller() caller: Caller,
  ): Promise<Success<{ items: Recommendation[] }>> {
    const services = serviceName === undefined ? servicesOf(caller) : [serviceName];
    const filter = { services, limit, ...(state === undefined ? {} : { state }) };
    return ok({ items: await this.recommendations.list(filter) });
  }

  @Post('stream-b-coordination/optimization/recommendations/:id/apply')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async apply(
    @Param('id') id: string,
    @ValidBody(recommendationChange) { comment }: RecommendationChange,
    @Caller() caller: Caller,
  ): Promise<Success<Recommendation>> {
    return ok(await this.settings.apply(id, caller, comment));
  }

  /** Sets the fields back to what they were, as a new version. */
  @Post('stream-b-coordination/optimization/recommendations/:id/rollback')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async rollback(
    @Param('id') id: string,
    @ValidBody(recommendationChange) { comment }: RecommendationChange,
    @Caller() caller: Caller,
  ): Promise<Success<Recommendation>> {
    return ok(await this.settings.rollback(id, caller, comment));
  }

  @Post('stream-b-coordination/optimization/recommendations/:id/dismiss')
  @Access({ roles: ['admin', 'manager'], perMinute: 30 })
  async dismiss(
    @Param('id') id: string,
    @ValidBody(recommendationChange) { comment }: RecommendationChange,
    @Caller() caller: Caller,
  ): Promise<Success<Recommendation>> {
    return ok(await this.settings.dismiss(id, caller, comment));
  }
}

function servicesOf(caller: Caller): ServiceName[] {
  return SERVICE_NAMES.filter((service) => mayTouch(caller, service));
}
