import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';
import { Database, ModelStore } from '@signalbox/persistence';
import { OnlineFailurePredictor } from '@signalbox/routing';

const MODEL_NAME = 'failure-predictor';
/** What the model learns in a minute is all that a crash can cost. */
const SAVE_EVERY_MS = 60_000;

/** Brings the failure model back after a restart and keeps what it learned in PostgreSQL. */
@Injectable()
export class ModelKeeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ModelKeeper.name);
  private timer: NodeJS.Timeout | undefined;
  private restored = false;

  constructor(
    private readonly model: OnlineFailurePredictor,
    private readonly store: ModelStore,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    void this.restore();
    this.timer = setInterval(() => void this.keep(), SAVE_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.keep();
  }

  private async keep(): Promise<void> {
    if (this.database.state !== 'connected') return;
    if (!this.restored) await this.restore();
    else await this.save();
  }

  private async restore(): Promise<void> {
    try {
      const saved = await this.store.load(MODEL_NAME);
      this.restored = true;
      if (saved === null) return;
      const result = this.model.restore(saved.state);
      if (result.kind === 'restored') this.logger.log(`Failure model restored as saved at ${saved.savedAt}`);
      else this.logger.warn(`The saved failure model is not usable, learning starts anew: ${result.reason}`);
    } catch (error) {
      this.logger.warn(`The failure model starts from its prior for now: ${String(error)}`);
    }
  }

  private async save(): Promise<void> {
    try {
      await this.store.save(MODEL_NAME, this.model.toState());
    } catch (error) {
      this.logger.warn(`What the failure model learned is not saved this minute: ${String(error)}`);
    }
  }
}
