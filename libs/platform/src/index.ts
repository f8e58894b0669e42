export { Access, PublicAccess, RawAccess, type AccessRule } from './access/access.js';
export { assertMayTouch, isServiceName, mayTouch, servicesOf } from './access/caller.js';
export { issueDevelopmentToken, type DevelopmentTokenRequest } from './access/development-token.js';
export { RateLimiter, type Verdict } from './access/rate-limiter.js';
export { RevokedTokens } from './access/revoked-tokens.js';
export { TokenVerifier, type Verified } from './access/token-verifier.js';
export { Auditor, withoutSecrets, type AuditedChange } from './audit/auditor.js';
export { bootstrap, startApp, type AppDefinition } from './bootstrap.js';
export { Correlation, CORRELATION_HEADER } from './correlation.js';
export { createApp } from './create-app.js';
export { HealthRegistry, type ComponentHealth, type HealthCheck } from './health/health-registry.js';
export { Caller, Raw, ServiceParam, ValidBody, ValidQuery } from './http/params.js';
export { RawRequest } from './http/raw-request.js';
export { createLogger, LOGGER, type Logger } from './logging/logger.js';
export { Metrics } from './metrics/metrics.js';
export { loadSettings, SettingsError, type Environment, type Settings } from './settings/load-settings.js';
export {
  DEVELOPMENT_TOKEN_SECRET,
  PLATFORM_SETTINGS,
  PlatformSettingsSchema,
  type PlatformSettings,
} from './settings/platform-settings.js';
