import type { Role, ServiceName } from '@signalbox/contracts';
import { REDACTED } from '../settings/load-settings.js';

/** One change of state: who changed what, from what to what. */
export interface AuditedChange {
  actor: string;
  role: Role;
  /** `service.update`, `node.drain`, `credential.rotate`. */
  action: string;
  /** `service:stripe`, `node:stripe_primary_us_east`. */
  object: string;
  /**
   * The one service that it concerns, where `object` does not name it: without one, only callers that may touch every
   * service are told of it.
   */
  serviceName?: ServiceName;
  before: unknown;
  after: unknown;
  correlationId: string;
}

/**
 * Port: keeps who changed what. An adapter implements `write`; what it is given has its secrets redacted, so
 * that no adapter can forget to.
 */
export abstract class Auditor {
  async record(change: AuditedChange): Promise<void> {
    await this.write({
      ...change,
      before: withoutSecrets(change.before),
      after: withoutSecrets(change.after),
    });
  }

  protected abstract write(change: AuditedChange): Promise<void>;
}

const SECRET_NAME = /secret|password|token|privatekey|apikey|authorization/i;

/** A copy in which the value of every field with a secret's name is redacted, at any depth. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      SECRET_NAME.test(name) ? REDACTED : withoutSecrets(field),
    ]),
  );
}
