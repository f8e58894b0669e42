import { Injectable } from '@nestjs/common';
import type { ServiceForecast, ServiceName } from '@signalbox/contracts';

/** What a service will have spent, and how many calls it will get. */
@Injectable()
export class ServiceForecasts {
  of(_service: ServiceName): Promise<ServiceForecast> {
    return Promise.resolve({
      spend: { day: null, month: null },
      load: null,
      backtests: { spendPerHour: null, callsPerHour: null },
      unavailable: 'too-little-history',
    });
  }
}
