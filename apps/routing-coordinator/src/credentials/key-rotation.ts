import { Injectable, Logger } from '@nestjs/common';
import { CredentialStore, Database } from '@signalbox/persistence';

/**
 * Moves node credentials to the keyring's active key whenever the database is reached, so that an older key can
 * leave CREDENTIAL_KEYS after one start with both. Replicas may all do it.
 */
@Injectable()
export class KeyRotation {
  private readonly logger = new Logger(KeyRotation.name);

  constructor(
    private readonly store: CredentialStore,
    database: Database,
  ) {
    database.onStateChange((state) => {
      if (state === 'connected') void this.reencrypt();
    });
  }

  private async reencrypt(): Promise<void> {
    try {
      const moved = await this.store.reencrypt();
      if (moved > 0) this.logger.log(`${moved} node credentials are encrypted under the active key now`);
    } catch (error) {
      this.logger.warn(
        `Node credentials keep their keys: ${String(error)}. Is every key that sealed one in CREDENTIAL_KEYS?`,
      );
    }
  }
}
