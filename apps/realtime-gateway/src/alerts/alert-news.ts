import { Injectable, Logger } from '@nestjs/common';
import { SignalboxError } from '@signalbox/contracts';
import { AlertStore, type UntoldAlertNews } from '@signalbox/persistence';
import { Rooms } from '../rooms/rooms.js';
import type { StoredMessage } from '../rooms/stored-message.js';

/**
 * Tells in the room `api_status_updates` what was committed of alerts: each change once, in its order. Any replica
 * tells any change: its id is that of the revision, so that two who tell it at a time tell it once.
 */
@Injectable()
export class AlertNews {
  private readonly logger = new Logger(AlertNews.name);
  private telling: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly store: AlertStore,
    private readonly rooms: Rooms,
  ) {}

  /** Resolves when what waits is told, or cannot be told now. Never rejects. */
  tellSoon(): Promise<void> {
    this.again = true;
    return (this.telling ??= this.tellAll().finally(() => (this.telling = undefined)));
  }

  private async tellAll(): Promise<void> {
    while (this.again) {
      this.again = false;
      try {
        const untold = await this.store.untold();
        if (untold.length > 0) await this.tell(untold);
      } catch (error) {
        const isAway = error instanceof SignalboxError && error.code === 'DEPENDENCY_UNAVAILABLE';
        const what = `News of alerts wait to be told: ${String(error)}`;
        if (isAway) this.logger.debug(what);
        else this.logger.error(what);
      }
    }
  }

  private async tell(untold: readonly UntoldAlertNews[]): Promise<void> {
    const told: number[] = [];
    try {
      for (const news of untold) {
        const id = `alert:${news.alertId}:${news.revision}`;
        await this.rooms.append('api_status_updates', id, messageOf(news));
        told.push(news.id);
      }
      // There may be more than were looked at.
      this.again = true;
    } finally {
      if (told.length > 0) await this.store.told(told);
    }
  }
}

function messageOf({ view, revision, at, critical }: UntoldAlertNews): StoredMessage {
  const priority = critical ? 'critical' : 'normal';
  // With a null service, as the view has it: not for tokens that are limited to some.
  return { priority, eventType: 'alert_changed', timestamp: at, revision, ...(view as object) };
}
