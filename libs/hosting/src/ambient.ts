import type { Provider } from '@nestjs/common';
import type { Clock, Rng } from '@signalbox/statistics';

/** The only places where real time and real chance enter: everything else is handed them. */
export const CLOCK = Symbol('Clock');
export const RNG = Symbol('Rng');

const systemClock: Clock = { nowMs: () => Date.now() };
const systemRng: Rng = () => Math.random();

export const ambientProviders: Provider[] = [
  { provide: CLOCK, useValue: systemClock },
  { provide: RNG, useValue: systemRng },
];
