import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';

/** The service that an object is named after (`budget:stripe`); null for one that is named after none, or several. */
export function serviceNamedBy(object: string): ServiceName | null {
  const name = object.slice(object.indexOf(':') + 1);
  return SERVICE_NAMES.find((service) => service === name) ?? null;
}
