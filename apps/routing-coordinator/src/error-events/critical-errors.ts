import { Inject, Injectable } from '@nestjs/common';
import type { ServiceName } from '@signalbox/contracts';
import { CLOCK } from '@signalbox/hosting';
import type { Clock } from '@signalbox/statistics';

/** As often as performance is collected: each error event is in one collection. */
const WINDOW_MS = 15_000;
/** Of a service: more in 15 s are counted as so many. */
const MOST = 10_000;

/** Error events of severity `critical`, counted exactly over the last 15 s; every replica takes them all. */
@Injectable()
export class CriticalErrors {
  private readonly timesMs = new Map<ServiceName, number[]>();

  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  took(serviceName: ServiceName): void {
    const times = this.recent(serviceName);
    if (times.length >= MOST) return;
    times.push(this.clock.nowMs());
    this.timesMs.set(serviceName, times);
  }

  count(serviceName: ServiceName): number {
    return this.recent(serviceName).length;
  }

  private recent(serviceName: ServiceName): number[] {
    const boundMs = this.clock.nowMs() - WINDOW_MS;
    const times = this.timesMs.get(serviceName) ?? [];
    const firstRecent = times.findIndex((atMs) => atMs > boundMs);
    times.splice(0, firstRecent < 0 ? times.length : firstRecent);
    return times;
  }
}
