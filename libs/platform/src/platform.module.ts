import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { RevokedTokens } from './access/revoked-tokens.js';
import { TokenVerifier } from './access/token-verifier.js';
import { HealthRegistry } from './health/health-registry.js';
import { LOGGER, type Logger } from './logging/logger.js';
import { Metrics } from './metrics/metrics.js';
import { PLATFORM_SETTINGS, type PlatformSettings } from './settings/platform-settings.js';

export interface PlatformParts {
  settings: PlatformSettings;
  logger: Logger;
  metrics: Metrics;
  health: HealthRegistry;
  verifier: TokenVerifier;
  revoked: RevokedTokens;
}

/** What every module of an app may inject; `createApp` puts it around the app's own module. */
@Module({})
export class PlatformModule {
  static around(app: Type | DynamicModule, parts: PlatformParts): DynamicModule {
    const providers = [
      { provide: PLATFORM_SETTINGS, useValue: parts.settings },
      { provide: LOGGER, useValue: parts.logger },
      { provide: Metrics, useValue: parts.metrics },
      { provide: HealthRegistry, useValue: parts.health },
      { provide: TokenVerifier, useValue: parts.verifier },
      { provide: RevokedTokens, useValue: parts.revoked },
    ];
    return { module: PlatformModule, global: true, imports: [app], providers, exports: providers };
  }
}
