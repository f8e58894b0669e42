import { setTimeout as delay } from 'node:timers/promises';
import type { Envelope, OverrideAnswer, ServiceConfig, VersionedService } from '@signalbox/contracts';

const UP_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 50;

/** What a person with an admin token does, through the same endpoints as any other. */
export class Operator {
  private overrideId: string | null = null;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Puts every service's configuration, as soon as it can be stored, and resolves once the coordinator routes by it. */
  async putCatalog(catalog: readonly ServiceConfig[]): Promise<void> {
    await until(() => this.isUp(), 'the coordinator did not reach its servers');
    for (const service of catalog) {
      const body = { ...service, comment: 'the demo: nodes of the provider simulator' };
      await this.ask('PUT', `admin/catalog/services/${service.serviceName}`, body);
    }
    await until(() => this.isLive(catalog), 'the catalog of the demo did not go live');
  }

  /** Budgets that a minute of the demo does not use up: its stories are about providers. */
  async putBudgets(catalog: readonly ServiceConfig[]): Promise<void> {
    const body = { dailyUsd: 100, monthlyUsd: 2_000, comment: 'the demo: a day of its traffic in a minute' };
    for (const { serviceName } of catalog) await this.ask('PUT', `admin/budgets/${serviceName}`, body);
  }

  async startOverride(): Promise<string> {
    const answer = await this.ask<OverrideAnswer>(
      'POST',
      'enhanced-traffic-coordination/emergency-override',
      {
        serviceName: 'stripe',
        operation: 'payment_processing',
        emergencyReason: 'Both ordinary Stripe nodes fail half of their payments',
        maxBudgetOverride: 50,
        durationMinutes: 5,
        businessJustification: 'Each failed payment is lost revenue; the premium node costs more and works',
      },
    );
    const { coordinationId, selectedProvider } = answer.emergencyStatus;
    this.overrideId = coordinationId;
    return `Emergency override: up to $50 past the budget; the next payment goes to ${selectedProvider}`;
  }

  async endOverride(): Promise<string> {
    if (this.overrideId === null) throw new Error('no override was started');
    const ended = await this.ask<{ spentUsd: number }>(
      'DELETE',
      `enhanced-traffic-coordination/emergency-override/${this.overrideId}`,
    );
    this.overrideId = null;
    return `Emergency override ended by the operator: $${ended.spentUsd.toFixed(2)} of it spent`;
  }

  /** It listens before it has found them all. */
  private async isUp(): Promise<boolean> {
    const response = await fetch(`${this.url}/readyz`);
    if (!response.ok) return false;
    const { data } = (await response.json()) as { data: { components: Record<string, { state: string }> } };
    return Object.values(data.components).every(({ state }) => state === 'operational');
  }

  private async isLive(catalog: readonly ServiceConfig[]): Promise<boolean> {
    const { items } = await this.ask<{ items: VersionedService[] }>('GET', 'admin/catalog');
    const addresses = (services: readonly ServiceConfig[]) =>
      services.flatMap(({ nodes }) => nodes.map(({ baseUrl }) => baseUrl)).toSorted();
    return String(addresses(items.map(({ service }) => service))) === String(addresses(catalog));
  }

  private async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}/api/v1/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const answer = (await response.json()) as Envelope<T>;
    if (answer.success) return answer.data;
    throw new Error(`${method} ${path}: ${answer.error.code} ${answer.error.message}`);
  }
}

async function until(condition: () => Promise<boolean>, otherwise: string): Promise<void> {
  const deadline = performance.now() + UP_WITHIN_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(otherwise);
    await delay(ASK_EVERY_MS);
  }
}
