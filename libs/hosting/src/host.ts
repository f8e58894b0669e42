import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { JetStreamTransport, MessageBus } from '@signalbox/messaging';
import { Correlation, LOGGER, type AppDefinition, type Logger, type Settings } from '@signalbox/platform';
import TypeBox, { type TObject, type TProperties } from 'typebox';
import { hostProblems, hostSettings, type HostProperties } from './host-settings.js';
import { HostingModule } from './hosting.module.js';

/** One app: what it needs to know beside what every app does, and what it is made of. */
export interface HostedApp<P extends TProperties = TProperties> {
  /** `routing-coordinator`. */
  name: string;
  settings: TObject<P>;
  /** Rules between settings, each problem naming its variable. */
  problemsOf?(settings: Settings<HostProperties & P>): string[];
  module(settings: Settings<HostProperties & P>): Type | DynamicModule;
  /** The folder of a built web page, served at `/`; of one app in a process. */
  pages?: string;
}

/** The app as a process of its own. */
export function host(app: HostedApp): AppDefinition<HostProperties> {
  return hostTogether(app.name, [app]);
}

/** Several apps as one process, on one port and one connection to each server. */
export function hostTogether(name: string, apps: readonly HostedApp[]): AppDefinition<HostProperties> {
  const properties = Object.assign({}, ...apps.map(({ settings }) => settings.properties)) as TProperties;
  const pages = apps.find((app) => app.pages !== undefined)?.pages;
  return {
    name,
    ...(pages === undefined ? {} : { pages }),
    settings: TypeBox.Object({ ...properties, ...hostSettings.properties }),
    problemsOf: (settings) => [
      ...hostProblems(settings),
      ...apps.flatMap((app) => app.problemsOf?.(settings) ?? []),
    ],
    module: (settings) =>
      HostingModule.with(
        settings,
        { name, apps: apps.map((app) => app.name), replicaId: settings.replicaId },
        apps.map((app) => app.module(settings)),
      ),
    connect: connectToStreams,
  };
}

/** Gives life to the handlers of facts and requests: the process's own NATS connection carries them. */
async function connectToStreams(app: NestFastifyApplication): Promise<void> {
  const bus = app.get(MessageBus, { strict: false });
  const logger = app.get<Logger>(LOGGER, { strict: false });
  const strategy = new JetStreamTransport({
    bus,
    logger,
    runWithCorrelation: (correlationId, work) => Correlation.run(correlationId, work),
  });
  app.connectMicroservice({ strategy });
  await app.startAllMicroservices();
}
