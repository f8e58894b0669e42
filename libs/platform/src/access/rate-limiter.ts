/** What a limiter says of one request. */
export interface Verdict {
  readonly allowed: boolean;
  /** Requests a minute that the verdict was taken against. */
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends and the count starts again, ms. */
  readonly resetMs: number;
  /** `local`: this replica counts alone, because the shared store is away or the count never is shared. */
  readonly scope: 'shared' | 'local';
}

/** Port: how the platform counts requests. The key names a caller and an endpoint. */
export abstract class RateLimiter {
  /** Exact over all replicas. Never rejects: it degrades to a local count. */
  abstract take(key: string, limitPerMinute: number): Promise<Verdict>;
  /** Answers at once; over all replicas it is exact only after a short delay. For the decision path. */
  abstract takeHot(key: string, limitPerMinute: number): Verdict;
}
