import { SERVICE_NAMES, SignalboxError, type Role, type ServiceName } from '@signalbox/contracts';

/** Who makes a request, as its token says. `services` null: every service. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
  readonly services: ReadonlySet<string> | null;
}

/** Whether the caller's token lets it touch the service. */
export function mayTouch(caller: Caller, service: ServiceName): boolean {
  return caller.services === null || caller.services.has(service);
}

/** The services that the caller's token names; null when it may touch every one. */
export function servicesOf(caller: Caller): ServiceName[] | null {
  return caller.services === null ? null : SERVICE_NAMES.filter((service) => mayTouch(caller, service));
}

/** Throws SERVICE_NOT_ALLOWED when the caller's token names its services and this is not one. */
export function assertMayTouch(caller: Caller, service: ServiceName): void {
  if (!mayTouch(caller, service)) {
    throw new SignalboxError('SERVICE_NOT_ALLOWED', `This token may not touch ${service}`);
  }
}

export function isServiceName(value: unknown): value is ServiceName {
  return SERVICE_NAMES.includes(value as ServiceName);
}
