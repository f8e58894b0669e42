import type { Field, FieldGroup } from './fields';

/** What each kind of configuration has, in words; what is allowed is in its contract. */

export const SERVICE: readonly FieldGroup[] = [
  {
    title: 'Choice of a node',
    fields: [
      { path: 'strategy', label: 'Strategy', kind: 'choice' },
      {
        path: 'intent',
        label: 'Intent',
        kind: 'text',
        help: 'Why this strategy, for whoever reads it next.',
      },
      {
        path: 'successFloor',
        label: 'Success floor',
        kind: 'number',
        unit: 'ratio',
        help: 'A node that succeeds less often is no candidate.',
      },
      {
        path: 'dependents',
        label: 'Depend on it',
        kind: 'words',
        help: 'What stops working in the business when this service does.',
      },
    ],
  },
  {
    title: 'When a circuit opens',
    fields: [
      { path: 'thresholds.failoverErrorRatio', label: 'Error rate', kind: 'number', unit: 'ratio' },
      { path: 'thresholds.minimumOutcomes', label: 'Least outcomes before it counts', kind: 'number' },
      { path: 'thresholds.consecutiveFailures', label: 'Failures in a row', kind: 'number' },
      { path: 'thresholds.windowMs', label: 'Window', kind: 'number', unit: 'ms' },
    ],
  },
  {
    title: 'When it closes again',
    fields: [
      {
        path: 'thresholds.retryBackoffMs',
        label: 'First open time',
        kind: 'number',
        unit: 'ms',
        help: 'Doubles each time, with jitter.',
      },
      { path: 'thresholds.maxBackoffMs', label: 'Longest open time', kind: 'number', unit: 'ms' },
      { path: 'thresholds.probeSuccesses', label: 'Successful probes', kind: 'number' },
    ],
  },
  {
    title: 'Latency',
    fields: [
      { path: 'thresholds.targetLatencyMs', label: 'Target', kind: 'number', unit: 'ms' },
      {
        path: 'thresholds.inFlightLeaseMs',
        label: 'Call forgotten after',
        kind: 'number',
        unit: 'ms',
        help: 'One whose outcome nobody reported no longer counts as in flight.',
      },
    ],
  },
];

export const NODE: readonly FieldGroup[] = [
  {
    title: 'Who and where',
    fields: [
      {
        path: 'nodeId',
        label: 'Node id',
        kind: 'text',
        help: 'Lower case letters, digits and _; no other node has it.',
      },
      { path: 'providerName', label: 'Provider', kind: 'text' },
      { path: 'region', label: 'Region', kind: 'text' },
      {
        path: 'baseUrl',
        label: 'Base URL',
        kind: 'text',
        help: 'Without user, password, query or fragment.',
      },
      { path: 'credentialRef', label: 'Credential reference', kind: 'text', absent: 'none' },
    ],
  },
  {
    title: 'Share and price',
    fields: [
      {
        path: 'role',
        label: 'Role',
        kind: 'choice',
        help: 'Emergency nodes take traffic only under an override.',
      },
      { path: 'weightPercent', label: 'Weight', kind: 'number', unit: 'percent' },
      { path: 'costPerRequestUsd', label: 'Cost per request', kind: 'number', unit: 'usd' },
      {
        path: 'drained',
        label: 'Drained',
        kind: 'switch',
        absent: 'no',
        help: 'Takes no new calls; those in flight go on.',
      },
    ],
  },
  {
    title: 'Until outcomes are seen',
    fields: [
      { path: 'priorSuccessPercent', label: 'Success', kind: 'number', unit: 'percent' },
      { path: 'priorLatencyMs', label: 'Latency', kind: 'number', unit: 'ms' },
    ],
  },
  {
    title: 'Limits of its own',
    fields: [
      { path: 'maxConcurrent', label: 'Calls at once', kind: 'number', absent: 'no limit' },
      {
        path: 'maxRequestsPerSecond',
        label: 'Calls a second',
        kind: 'number',
        unit: 'perSecond',
        absent: 'no limit',
      },
    ],
  },
];

export const HEALTH_CHECK: readonly Field[] = [
  { path: 'healthCheck.path', label: 'Path', kind: 'text' },
  { path: 'healthCheck.expectedStatus', label: 'Expected status', kind: 'number' },
  { path: 'healthCheck.timeoutMs', label: 'Timeout', kind: 'number', unit: 'ms' },
];

export const BUDGET: readonly FieldGroup[] = [
  {
    title: 'Budget',
    fields: [
      { path: 'dailyUsd', label: 'A day', kind: 'number', unit: 'usd' },
      { path: 'monthlyUsd', label: 'A month', kind: 'number', unit: 'usd' },
      {
        path: 'timeZone',
        label: 'Time zone',
        kind: 'zone',
        absent: 'UTC',
        help: 'Its midnight ends a day.',
      },
    ],
  },
  {
    title: 'Shares at which somebody is told',
    fields: [
      { path: 'alertThresholds.warning', label: 'Warning', kind: 'number', unit: 'ratio', absent: '70 %' },
      { path: 'alertThresholds.critical', label: 'Critical', kind: 'number', unit: 'ratio', absent: '85 %' },
      {
        path: 'alertThresholds.emergency',
        label: 'Emergency',
        kind: 'number',
        unit: 'ratio',
        absent: '95 %',
      },
      {
        path: 'recipients',
        label: 'Recipients',
        kind: 'words',
        absent: 'none',
        help: 'Mail addresses or channels that the alert names.',
      },
    ],
  },
  {
    title: 'Enforcement',
    fields: [
      {
        path: 'throttleFrom',
        label: 'Shed calls from',
        kind: 'number',
        unit: 'ratio',
        absent: '90 %',
        help: 'Low priority first, then medium.',
      },
      {
        path: 'shadow',
        label: 'Shadow',
        kind: 'switch',
        absent: 'no',
        help: 'Says what it would have refused, and refuses nothing.',
      },
    ],
  },
];

export const RATE_LIMIT: readonly FieldGroup[] = [
  {
    title: 'Calls let through',
    fields: [
      { path: 'burst', label: 'At once', kind: 'number' },
      { path: 'sustainedPerHour', label: 'An hour', kind: 'number' },
      { path: 'daily', label: 'A day', kind: 'number' },
    ],
  },
  {
    title: 'Enforcement',
    fields: [
      {
        path: 'shadow',
        label: 'Tiers in shadow',
        kind: 'tiers',
        absent: 'none',
        help: 'They say what they would have refused, and refuse nothing.',
      },
    ],
  },
];

export const BATCH_POLICY: readonly FieldGroup[] = [
  {
    title: 'A batch leaves at',
    fields: [
      { path: 'maxItems', label: 'Requests', kind: 'number' },
      { path: 'maxWaitMs', label: 'Wait of its oldest request', kind: 'number', unit: 'ms' },
      { path: 'costBoundUsd', label: 'Cost', kind: 'number', unit: 'usd' },
      { path: 'maxBytes', label: 'Size', kind: 'number', unit: 'bytes', absent: 'as shipped' },
    ],
  },
  {
    title: 'Sending',
    fields: [
      {
        path: 'requestsPerSecond',
        label: 'Requests a second',
        kind: 'number',
        unit: 'perSecond',
        absent: 'as shipped',
        help: 'Over all workers; for Airtable per base.',
      },
      {
        path: 'maxAttempts',
        label: 'Attempts',
        kind: 'number',
        absent: 'as shipped',
        help: 'In all, the first included.',
      },
      {
        path: 'targetLatencyMs',
        label: 'Target latency at p95',
        kind: 'number',
        unit: 'ms',
        absent: 'as shipped',
        help: 'Above it batches become smaller.',
      },
      {
        path: 'enabled',
        label: 'Sends',
        kind: 'switch',
        absent: 'yes',
        help: 'When off, requests are taken and held.',
      },
    ],
  },
];

export const WEBHOOK_SOURCE: readonly FieldGroup[] = [
  {
    title: 'Source',
    fields: [
      { path: 'enabled', label: 'Accepts webhooks', kind: 'switch' },
      {
        path: 'publicUrl',
        label: 'Public URL',
        kind: 'text',
        absent: 'none',
        help: 'Whole, as the provider was given it; Twilio signs it.',
      },
      {
        path: 'allowCidrs',
        label: 'Allowed addresses',
        kind: 'words',
        absent: 'anybody',
        help: 'IPv4 or IPv6 addresses or CIDRs.',
      },
    ],
  },
  {
    title: 'Limits',
    fields: [
      { path: 'limits.requestsPerMinute', label: 'Requests a minute', kind: 'number', absent: '300,000' },
      { path: 'limits.maxBodyBytes', label: 'Largest body', kind: 'number', unit: 'bytes', absent: '1 MiB' },
    ],
  },
];

export const ALERTING: readonly FieldGroup[] = [
  {
    title: 'Raise an alert above',
    fields: [
      { path: 'errorRate', label: 'Error rate', kind: 'number', unit: 'ratio' },
      { path: 'p95Ms', label: 'Latency at p95', kind: 'number', unit: 'ms' },
      { path: 'p99Ms', label: 'Latency at p99', kind: 'number', unit: 'ms' },
      { path: 'budgetUtilization', label: 'Use of the day’s budget', kind: 'number', unit: 'ratio' },
      { path: 'criticalErrors', label: 'Critical errors in 15 s', kind: 'number' },
    ],
  },
  {
    title: 'Patience',
    fields: [
      {
        path: 'forCollections',
        label: 'Collections in a row',
        kind: 'number',
        help: 'Passed that often, 15 s apart, before it is raised; and not passed before it is resolved.',
      },
      {
        path: 'escalateAfterMinutes',
        label: 'Escalate after',
        kind: 'number',
        unit: 'minutes',
        help: 'Nobody acknowledged it: one step more severe. Empty: never.',
      },
    ],
  },
];
