import { SeasonalProfile, type SeasonalProfileState } from './seasonal-profile.js';

/** What `SeasonalExpectation` keeps. */
export interface SeasonalExpectationState {
  readonly intervalsMs: readonly number[];
  readonly lastMs: number | null;
  readonly profiles: {
    readonly slotMs: number;
    readonly day: SeasonalProfileState;
    readonly week: SeasonalProfileState;
  } | null;
}

/**
 * What this time of day, and this time of week, usually bring (UTC). The slots are as wide as the series' own
 * interval, which it learns from the first values.
 */
export class SeasonalExpectation {
  #intervalsMs: number[] = [];
  #lastMs: number | null = null;
  #slotMs: number | null = null;
  #profiles: { readonly day: SeasonalProfile; readonly week: SeasonalProfile } | null = null;

  /** Null where the time was not seen in an earlier period. */
  expectedAt(timestampMs: number): { byDay: number | null; byWeek: number | null } {
    return {
      byDay: this.#profiles?.day.expectedAt(timestampMs) ?? null,
      byWeek: this.#profiles?.week.expectedAt(timestampMs) ?? null,
    };
  }

  observe(timestampMs: number, value: number): void {
    if (!this.#profiles) this.#learnInterval(timestampMs);
    this.#profiles?.day.observe(timestampMs, value);
    this.#profiles?.week.observe(timestampMs, value);
  }

  #learnInterval(timestampMs: number): void {
    if (this.#lastMs !== null) this.#intervalsMs.push(timestampMs - this.#lastMs);
    this.#lastMs = timestampMs;
    if (this.#intervalsMs.length < INTERVALS) return;
    const median = this.#intervalsMs.sort((a, b) => a - b)[INTERVALS >> 1] ?? 0;
    this.#intervalsMs = [];
    this.#begin(SLOTS_MS.find((slotMs) => slotMs >= median) ?? DAY_MS);
  }

  #begin(slotMs: number): void {
    this.#slotMs = slotMs;
    this.#profiles = {
      day: new SeasonalProfile({ periodMs: DAY_MS, slotMs, gain: DAY_GAIN }),
      week: new SeasonalProfile({
        periodMs: 7 * DAY_MS,
        slotMs: Math.max(slotMs, LEAST_WEEK_SLOT_MS),
        gain: WEEK_GAIN,
      }),
    };
  }

  snapshot(): SeasonalExpectationState {
    return {
      intervalsMs: [...this.#intervalsMs],
      lastMs: this.#lastMs,
      profiles:
        this.#profiles && this.#slotMs !== null
          ? {
              slotMs: this.#slotMs,
              day: this.#profiles.day.snapshot(),
              week: this.#profiles.week.snapshot(),
            }
          : null,
    };
  }

  restore({ intervalsMs, lastMs, profiles }: SeasonalExpectationState): void {
    this.#intervalsMs = [...intervalsMs];
    this.#lastMs = lastMs;
    if (!profiles) return;
    this.#begin(profiles.slotMs);
    this.#profiles?.day.restore(profiles.day);
    this.#profiles?.week.restore(profiles.week);
  }
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Enough for a median that a late value or two cannot move. */
const INTERVALS = 31;
/** They divide a day, so that a slot is the same time every day. */
const SLOTS_MS = [5, 10, 15, 20, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE_MS);
/** A week has few periods to learn from; half hours keep it small. */
const LEAST_WEEK_SLOT_MS = 30 * MINUTE_MS;
/** About the last five days; the last three weeks. */
const DAY_GAIN = 0.3;
const WEEK_GAIN = 0.5;
