import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import type { LiveConfig } from '@signalbox/persistence';
import type { ConfigKind } from './kinds.js';

/** One service's configuration of one kind, with the version that is live. */
export interface VersionedConfig<T> {
  serviceName: ServiceName;
  version: number;
  updatedAt: string;
  updatedBy: string;
  body: T;
}

/** All versions of all kinds in one bucket, by `<kind>.<service>`. */
export const CONFIG_BUCKET = 'config';

export function objectOf(kind: ConfigKind<unknown>, serviceName: ServiceName): string {
  return `${kind.name}:${serviceName}`;
}

export function bucketKeyOf(kind: ConfigKind<unknown>, serviceName: ServiceName): string {
  return `${kind.name}.${serviceName}`;
}

/** Null for an object of a service that this release does not know, or a body that it cannot read. */
export function versionedOf<T>(kind: ConfigKind<T>, live: LiveConfig): VersionedConfig<T> | null {
  const serviceName = SERVICE_NAMES.find((name) => objectOf(kind, name) === live.object);
  if (serviceName === undefined) return null;
  const { version, updatedAt, updatedBy, body } = live;
  try {
    return { serviceName, version, updatedAt, updatedBy, body: kind.parse(body) };
  } catch {
    return null;
  }
}

/** As the admin routes show it: the body's fields beside the version's. */
export function shown<T extends object>({
  body,
  ...version
}: VersionedConfig<T>): Omit<VersionedConfig<T>, 'body'> & T {
  return { ...version, ...body };
}
