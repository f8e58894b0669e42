import { initSync, MSTL } from '@bsull/augurs/mstl';

/** A fitted series, looked ahead. */
export interface MstlForecast {
  /** One a step. */
  readonly points: readonly number[];
  /** Standard deviation of the error of one step ahead. */
  readonly stepDeviation: number;
  /**
   * How much of a shock of now is still there `n` steps later, `[0]` being 1: the errors ahead are sums of coming
   * shocks with these weights (the ψ weights of a linear model, Hyndman et al. 2008).
   */
  readonly shockWeights: readonly number[];
}

/**
 * Multiple seasonal-trend decomposition (Bandara, Hyndman and Bergmeir 2021), what remains forecast by automatic
 * exponential smoothing; by augurs. Fitting eight weeks of hours takes some tenths of a second: not for the path
 * of a request.
 */
export interface Mstl {
  /** Null where the series cannot be fitted. @param values evenly spaced, at least two of the longest period */
  forecast(values: Float64Array, periods: readonly number[], steps: number): MstlForecast | null;
}

/** Where the bytes that `loadMstl` wants lie: a file of the package. */
export function mstlWasmUrl(): URL {
  return new URL('mstl_bg.wasm', import.meta.resolve('@bsull/augurs/mstl'));
}

/**
 * Takes the model into the process, once; the caller reads the file, since this library reads none:
 * `loadMstl(await readFile(mstlWasmUrl()))`.
 */
export function loadMstl(wasm: Uint8Array<ArrayBuffer>): Mstl {
  initSync({ module: wasm });
  return { forecast };
}

function forecast(values: Float64Array, periods: readonly number[], steps: number): MstlForecast | null {
  const model = MSTL.ets([...periods]);
  try {
    model.fit(values);
    const { point, intervals } = model.predict(steps, LEVEL);
    if (!intervals || !point.every(Number.isFinite)) return null;
    // Half the width of the interval is a quantile times the deviation; the quantile cancels except in the first.
    const deviations = point.map(
      (_, step) => ((intervals.upper[step] ?? NaN) - (intervals.lower[step] ?? NaN)) / 2,
    );
    const first = deviations[0] ?? NaN;
    if (!deviations.every(Number.isFinite)) return null;
    // Var(n) − Var(n − 1) = σ²ψₙ₋₁².
    const shockWeights = deviations.map((deviation, step) => {
      if (step === 0) return 1;
      if (!(first > 0)) return 0;
      return Math.sqrt(Math.max(0, deviation ** 2 - (deviations[step - 1] ?? 0) ** 2)) / first;
    });
    return { points: point, stepDeviation: first / QUANTILE, shockWeights };
  } catch (error) {
    // augurs throws strings where a series does not suit it; anything else is a fault of ours.
    if (typeof error === 'string' || error instanceof Error) return null;
    throw error;
  } finally {
    model.free();
  }
}

const LEVEL = 0.8;
/** Φ⁻¹(0.9). */
const QUANTILE = 1.2815515655446004;
