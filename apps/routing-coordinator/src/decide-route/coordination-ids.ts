import type { Clock, Rng } from '@signalbox/statistics';

export type CoordinationKind = 'coordination' | 'backend_error_coordination' | 'emergency';

const TAG_LENGTH = 6;
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * Mints `<kind>_<unix seconds>_<tag><sequence>`. The tag is drawn once per process, so that replicas never
 * collide, and the sequence never repeats inside one; nothing random is drawn on the decision path.
 */
export class CoordinationIds {
  private sequence = 0;
  private readonly tag: string;

  constructor(
    private readonly clock: Clock,
    rng: Rng,
  ) {
    this.tag = Array.from({ length: TAG_LENGTH }, () => ALPHABET[Math.floor(rng() * ALPHABET.length)]).join(
      '',
    );
  }

  next(kind: CoordinationKind): string {
    this.sequence += 1;
    return `${kind}_${Math.floor(this.clock.nowMs() / 1000)}_${this.tag}${this.sequence.toString(36)}`;
  }
}
