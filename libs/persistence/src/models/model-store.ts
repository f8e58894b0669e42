import type { Database } from '../database/database.js';

/** What a model that learns online knew when it was saved. `state` is the model's own JSON. */
export interface SavedModel {
  name: string;
  /** Rises by one per save. */
  version: number;
  state: unknown;
  savedAt: string;
}

/** The last state of each model, so that a restart forgets nothing. The last save wins. */
export class ModelStore {
  constructor(private readonly database: Database) {}

  /** Returns the new version. */
  async save(name: string, state: unknown): Promise<number> {
    const [row] = await this.database.query<{ version: number }>(
      `INSERT INTO models AS model (name, version, state) VALUES ($1, 1, $2)
       ON CONFLICT (name) DO UPDATE
         SET version = model.version + 1, state = excluded.state, saved_at = now()
       RETURNING version`,
      [name, JSON.stringify(state)],
    );
    return row!.version;
  }

  /** Null before the first save. */
  async load(name: string): Promise<SavedModel | null> {
    const [row] = await this.database.query<SavedModel>(
      `SELECT name, version, state, saved_at AS "savedAt" FROM models WHERE name = $1`,
      [name],
    );
    return row ?? null;
  }
}
