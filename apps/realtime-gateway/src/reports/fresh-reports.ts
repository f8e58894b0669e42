import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { REPORTS } from '@signalbox/contracts';
import { Connections } from '../connections/connections.js';
import { Reports } from './reports.js';

const EVERY_MS = 5_000;

/** Asks for every report while somebody looks on, so that the last answer of an app that goes away is no old one. */
@Injectable()
export class FreshReports implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly reports: Reports,
    private readonly connections: Connections,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      if (this.connections.size > 0) for (const name of REPORTS) void this.reports.ask(name);
    }, EVERY_MS);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }
}
