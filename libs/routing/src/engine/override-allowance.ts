import type { MicroUsd } from '@signalbox/contracts';
import type { OverrideGrant } from '../route.js';

/**
 * The emergency override as far as this replica may spend it. Drawing is synchronous with the decision, so the
 * allowance can never be exceeded here; the fleet's total is the business of whoever hands out allowances.
 */
export class OverrideAllowance {
  #grant: OverrideGrant | null = null;

  set(grant: OverrideGrant | null): void {
    this.#grant = grant === null ? null : { ...grant };
  }

  /** The running override with what is left of it; null when there is none. */
  current(nowMs: number): Readonly<OverrideGrant> | null {
    if (this.#grant !== null && this.#grant.expiresAtMs <= nowMs) this.#grant = null;
    return this.#grant;
  }

  draw(amountMicroUsd: MicroUsd): void {
    if (this.#grant !== null) this.#grant.allowanceMicroUsd -= amountMicroUsd;
  }
}
