import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { TObject, TProperties } from 'typebox';
import { createApp } from './create-app.js';
import { createLogger, type Logger } from './logging/logger.js';
import { loadSettings, SettingsError, type Environment, type Settings } from './settings/load-settings.js';
import type { PlatformSettings } from './settings/platform-settings.js';
import { shutDownOnSignal } from './shutdown.js';

/** What makes a process out of a module. */
export interface AppDefinition<P extends TProperties> {
  /** `routing-coordinator`. */
  name: string;
  /** The app's own settings; the platform's are added. */
  settings: TObject<P>;
  /** Rules between settings, each problem naming its variable. */
  problemsOf?: (settings: Settings<P>) => string[];
  module: (settings: Settings<P>) => Type | DynamicModule;
  /** The folder of a built web page, served at `/`. */
  pages?: string;
  /** Called once the app is initialised, before it listens: for the transports it serves beside HTTP. */
  connect?: (app: NestFastifyApplication) => Promise<void>;
}

/**
 * Loads the settings, starts the app, prints `ready <url>` on stdout, and drains on SIGTERM and SIGINT. Exits 1
 * with a plain message when the settings are wrong or the app cannot start. `afterClose` frees what was made
 * for the app (embedded servers), last.
 */
export async function bootstrap<P extends TProperties>(
  definition: AppDefinition<P>,
  env: Environment = process.env,
  afterClose?: () => Promise<void>,
): Promise<NestFastifyApplication> {
  const settings = settingsOrExit(definition, env);
  const logger = createLogger(definition.name, settings);
  process.on('uncaughtExceptionMonitor', (error) => logger.fatal({ err: error }, 'uncaught'));
  try {
    logger.info({ settings: settings.describe() }, 'starting');
    const app = await startApp(definition, settings, logger);
    shutDownOnSignal(app, { deadlineMs: settings.shutdownDeadlineMs, logger, afterClose });
    process.stdout.write(`ready ${await app.getUrl()}\n`);
    return app;
  } catch (error) {
    logger.fatal({ err: error }, `could not start${adviceOn(error, settings)}`);
    await afterClose?.();
    process.exit(1);
  }
}

/** The app listening, with no hand on the process: for several apps, or replicas of one, side by side. */
export async function startApp<P extends TProperties>(
  definition: AppDefinition<P>,
  settings: Settings<P>,
  logger: Logger = createLogger(definition.name, settings),
): Promise<NestFastifyApplication> {
  const app = await createApp(
    definition.name,
    definition.module(settings),
    settings,
    logger,
    definition.pages,
  );
  await definition.connect?.(app);
  await app.listen(settings.port, settings.host);
  return app;
}

/** What to do next, where it is known. */
function adviceOn(error: unknown, { host, port }: Pick<PlatformSettings, 'host' | 'port'>): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `: something listens on ${host}:${port} already; stop it, or set PORT`;
  if (code === 'EADDRNOTAVAIL') return `: this machine has no address ${host}; set HOST`;
  if (code === 'EACCES') return `: this user may not listen on port ${port}; set PORT to 1024 or more`;
  return '';
}

function settingsOrExit<P extends TProperties>(definition: AppDefinition<P>, env: Environment): Settings<P> {
  try {
    return loadSettings(definition.settings, env, definition.problemsOf);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
