/** Whether a call may go, and what the rate-limit headers say. */
export interface LimitVerdict {
  allowed: boolean;
  /** The bound that this verdict was taken against: the caller's whole limit, or this replica's share of it. */
  limit: number;
  remaining: number;
  /** Until the window ends and the count starts again, ms. */
  resetMs: number;
  /** `local` while Redis is away: the replica counts alone, against its share. */
  scope: 'shared' | 'local';
}
