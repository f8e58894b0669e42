import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { loadMstl, mstlWasmUrl } from '@signalbox/statistics';
import { forecastsOf, type ForecastInput } from './forecast-work.js';

/** A thread of its own: a fit takes some tenths of a second, and there are dozens. */
const mstl = loadMstl(readFileSync(mstlWasmUrl()));
parentPort?.postMessage((workerData as ForecastInput[]).map((input) => forecastsOf(input, mstl)));
