import type { OverrideRequest } from '@signalbox/contracts';
import type { OverrideState } from '@signalbox/routing';

/** An override as the fleet shares it: who asked for what, and the escrow of its amount. */
export interface SharedOverride {
  request: OverrideRequest;
  activatedBy: string;
  state: OverrideState;
}
