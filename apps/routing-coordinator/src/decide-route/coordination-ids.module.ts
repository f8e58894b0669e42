import { Module } from '@nestjs/common';
import type { Clock, Rng } from '@signalbox/statistics';
import { CLOCK, RNG } from '@signalbox/hosting';
import { CoordinationIds } from './coordination-ids.js';

@Module({
  providers: [
    {
      provide: CoordinationIds,
      inject: [CLOCK, RNG],
      useFactory: (clock: Clock, rng: Rng) => new CoordinationIds(clock, rng),
    },
  ],
  exports: [CoordinationIds],
})
export class CoordinationIdsModule {}
