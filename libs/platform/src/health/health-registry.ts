import type { ComponentState } from '@signalbox/contracts';

/** `reason` says, for people, what is wrong and what to do; absent when operational. */
export interface ComponentHealth {
  state: ComponentState;
  reason?: string;
}

export interface HealthCheck {
  /** Unready when down: the process cannot do its job without it. */
  required: boolean;
  /** Answers at once from what is known; a check never waits for the network. */
  check: () => ComponentHealth;
}

/** What the process depends on and how that is. */
export class HealthRegistry {
  private readonly checks = new Map<string, HealthCheck>();
  private draining = false;

  /** Names are unique: a second registration under one name throws. */
  register(name: string, check: HealthCheck): void {
    if (this.checks.has(name)) throw new Error(`The health check ${name} is registered twice`);
    this.checks.set(name, check);
  }

  components(): Record<string, ComponentHealth> {
    return Object.fromEntries([...this.checks].map(([name, { check }]) => [name, check()]));
  }

  /** One sentence for each thing that is not operational. */
  reasons(): string[] {
    return Object.entries(this.components())
      .filter(([, health]) => health.state !== 'operational')
      .map(([name, health]) => health.reason ?? `${name} is ${health.state}`);
  }

  /** Whether traffic may be sent here: nothing required is down, and the process is not on its way out. */
  isReady(): boolean {
    return (
      !this.draining &&
      [...this.checks.values()].every(({ required, check }) => !required || check().state !== 'down')
    );
  }

  isDraining(): boolean {
    return this.draining;
  }

  /** From now on the process is not ready, for good. */
  drain(): void {
    this.draining = true;
  }
}
