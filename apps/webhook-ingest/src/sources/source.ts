import type { ServiceName, WebhookSource } from '@signalbox/contracts';
import { AllowList, verifierOf, type Secret, type Verifier } from '@signalbox/webhooks';

/** A body beyond this is refused where the source says nothing else. */
const DEFAULT_MAX_BODY_BYTES = 1024 ** 2;
/** 5,000 a second, over all replicas: more than any of the six sends, and a bound all the same. */
const DEFAULT_REQUESTS_PER_MINUTE = 300_000;

/** A source as deliveries are judged by it: made once for each version and set of secrets. */
export interface Source {
  readonly serviceName: ServiceName;
  readonly enabled: boolean;
  readonly publicUrl: string | null;
  readonly maxBodyBytes: number;
  readonly requestsPerMinute: number;
  readonly allowList: AllowList;
  readonly verify: Verifier;
  /** What keeps it from accepting anything, for people; empty when it is ready. */
  readonly problems: readonly string[];
}

export function sourceOf(
  serviceName: ServiceName,
  config: WebhookSource,
  secrets: readonly Secret[],
): Source {
  const { enabled, publicUrl = null, allowCidrs = [], limits = {} } = config;
  return {
    serviceName,
    enabled,
    publicUrl,
    maxBodyBytes: limits.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    requestsPerMinute: limits.requestsPerMinute ?? DEFAULT_REQUESTS_PER_MINUTE,
    allowList: new AllowList(allowCidrs),
    verify: verifierOf(serviceName, secrets),
    problems: problemsOf(serviceName, config, secrets.length),
  };
}

function problemsOf(serviceName: ServiceName, config: WebhookSource, secrets: number): string[] {
  const problems: string[] = [];
  if (!config.enabled) problems.push('is not enabled');
  if (secrets === 0) problems.push('has no secret: every delivery is refused');
  if (serviceName === 'twilio' && config.publicUrl === undefined) {
    problems.push('has no publicUrl, which Twilio signs: every delivery is refused');
  }
  return problems;
}
