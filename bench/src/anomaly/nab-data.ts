import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowWindow } from './nab-score.js';

/** One series of the benchmark. */
export interface NabSeries {
  readonly name: string;
  readonly group: string;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly windows: readonly RowWindow[];
}

/** The series that `windows.json` names, in the order of their names, from `data/<group>/<file>.csv`. */
export async function loadNab(folder: string): Promise<NabSeries[]> {
  const windowsOf = JSON.parse(await readFile(join(folder, 'windows.json'), 'utf8')) as Record<
    string,
    [string, string][]
  >;
  const names = Object.keys(windowsOf).sort();
  return await Promise.all(
    names.map(async (name) => {
      const lines = (await readFile(join(folder, 'data', name), 'utf8')).trim().split(/\r?\n/).slice(1);
      const timesMs = Float64Array.from(lines, (line) => timeMs(line.slice(0, line.indexOf(','))));
      const values = Float64Array.from(lines, (line) => Number(line.slice(line.indexOf(',') + 1)));
      const windows = (windowsOf[name] ?? [])
        .map(([from, to]) => rowsBetween(timesMs, timeMs(from), timeMs(to)))
        .filter((window) => window.first >= 0)
        .sort((a, b) => a.first - b.first);
      return { name, group: name.split('/')[0] ?? '', timesMs, values, windows };
    }),
  );
}

function rowsBetween(timesMs: Float64Array, fromMs: number, toMs: number): RowWindow {
  return {
    first: timesMs.findIndex((time) => time >= fromMs && time <= toMs),
    last: timesMs.findLastIndex((time) => time >= fromMs && time <= toMs),
  };
}

/** NAB's times carry no zone; UTC serves as well as any. */
function timeMs(text: string): number {
  return Date.parse(`${text.trim().replace(' ', 'T')}Z`);
}
