import { validateBudget, validateService } from '@signalbox/catalog';
import {
  SignalboxError,
  alertingContract,
  batchPolicyContract,
  budgetContract,
  rateLimitContract,
  serviceConfig,
  webhookSourceContract,
  type Budget,
  type Contract,
  type FieldError,
  type ServiceConfig,
  type ServiceName,
} from '@signalbox/contracts';
import { BATCH_POLICY, BUDGET, RATE_LIMIT, SERVICE, ALERTING, WEBHOOK_SOURCE } from './field-lists';
import { isBody, type Body, type FieldGroup, type SchemaNode } from './fields';

/** A kind of configuration that each service has one of; versions know it as `<name>:<service>`. */
export interface ConfigKind {
  name: string;
  title: string;
  /** What it decides. */
  about: string;
  groups: readonly FieldGroup[];
  schema: SchemaNode;
  path: (serviceName: ServiceName) => string;
  /** Every field that cannot be as it is; the server asks the same again. */
  problems: (body: Body) => FieldError[];
}

/** An object with the version that is live. */
export interface Live {
  version: number;
  updatedAt: string;
  updatedBy: string;
  body: Body;
}

interface KindParts {
  name: string;
  title: string;
  about: string;
  groups: readonly FieldGroup[];
  contract: Contract<unknown>;
  path: string;
  /** For what a schema cannot say. @throws SignalboxError naming every bad field */
  possible?: (body: never) => void;
}

export const SERVICE_KIND = kind({
  name: 'service',
  title: 'Routing',
  about: 'Which node a call goes to, and when a node is left alone.',
  groups: SERVICE,
  contract: serviceConfig,
  path: '/admin/catalog/services',
  possible: (service: ServiceConfig) => validateService(service),
});

export const WEBHOOK_SOURCE_KIND = kind({
  name: 'webhook-source',
  title: 'Webhooks',
  about: 'Who may send webhooks, how much, and what they are verified with.',
  groups: WEBHOOK_SOURCE,
  contract: webhookSourceContract,
  path: '/admin/webhook-sources',
});

/** In the order of the page. */
export const KINDS: readonly ConfigKind[] = [
  SERVICE_KIND,
  kind({
    name: 'budget',
    title: 'Budget',
    about: 'What a day and a month may cost, when somebody is told, and when calls are shed.',
    groups: BUDGET,
    contract: budgetContract,
    path: '/admin/budgets',
    possible: (budget: Budget) => validateBudget(budget),
  }),
  kind({
    name: 'rate-limit',
    title: 'Rate limit',
    about: 'How many calls are let through: at once, in an hour, in a day.',
    groups: RATE_LIMIT,
    contract: rateLimitContract,
    path: '/admin/rate-limits',
  }),
  kind({
    name: 'batch-policy',
    title: 'Batching',
    about: 'A batch leaves when the first of its bounds is reached.',
    groups: BATCH_POLICY,
    contract: batchPolicyContract,
    path: '/admin/batch-policies',
  }),
  WEBHOOK_SOURCE_KIND,
  kind({
    name: 'alert-thresholds',
    title: 'Alerts',
    about: 'When somebody is called, looked at every 15 s. What is not set raises nothing.',
    groups: ALERTING,
    contract: alertingContract,
    path: '/admin/alert-thresholds',
  }),
];

/** The live version out of either shape of answer: the body in `service`, or beside `version`. */
export function liveOf({ schema }: ConfigKind, answer: Body): Live {
  const from = isBody(answer['service']) ? answer['service'] : answer;
  const names = Object.keys(schema.properties ?? {}).filter((name) => from[name] !== undefined);
  return {
    version: Number(answer['version']),
    updatedAt: String(answer['updatedAt']),
    updatedBy: String(answer['updatedBy']),
    body: Object.fromEntries(names.map((name) => [name, from[name]])),
  };
}

function kind({ contract, path, possible, ...parts }: KindParts): ConfigKind {
  return {
    ...parts,
    schema: contract.schema,
    path: (serviceName) => `${path}/${serviceName}`,
    problems: (body) => {
      const wrong = contract.errors(body);
      return wrong.length > 0 || possible === undefined
        ? wrong
        : refusedFields(() => possible(body as never));
    },
  };
}

function refusedFields(check: () => void): FieldError[] {
  try {
    check();
    return [];
  } catch (error) {
    const details = error instanceof SignalboxError ? (error.details as { fields?: FieldError[] }) : {};
    return details.fields ?? [{ path: '', message: String(error) }];
  }
}
