export { CLOCK, RNG } from './ambient.js';
export { ChangeConfig, type ChangeOptions } from './config/change-config.js';
export {
  ALERTING,
  BATCH_POLICIES,
  BUDGETS,
  RATE_LIMITS,
  WEBHOOK_SOURCES,
  kindOf,
  type ConfigKind,
} from './config/kinds.js';
export { LiveConfigs, type LiveConfig } from './config/live-config.js';
export { CATALOG_BUCKET, ServiceConfigNews } from './config/service-config-news.js';
export { VersionFeed } from './config/version-feed.js';
export { shown, type VersionedConfig } from './config/versioned-config.js';
export { FleetLease, type FleetLeaseOptions } from './fleet/fleet-lease.js';
export { Fleet, type Member } from './fleet/fleet.js';
export { HOST_SETTINGS, type HostProperties, type HostSettings } from './host-settings.js';
export { host, hostTogether, type HostedApp } from './host.js';
export { HOSTED, type Hosted } from './hosted.js';
export { LiveRevocations } from './revocations/live-revocations.js';
export type { Rounds } from './schedule/rounds.js';
export { Schedule } from './schedule/schedule.js';
export { tellDurably } from './tell-durably.js';
