import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { filesUnder } from './paths.mjs';
import { removeOrphans } from './set-up.mjs';

describe('the build', () => {
  it('removes the output of a deleted source, so that its tests run no more, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-build-'));
    const [sourceRoot, outputRoot] = [join(folder, 'src'), join(folder, 'dist')];
    for (const file of [
      'src/kept.ts',
      'src/deep/kept.spec.ts',
      ...['dist/kept.js', 'dist/kept.js.map', 'dist/kept.d.ts', 'dist/.tsbuildinfo'],
      ...['dist/deep/kept.spec.js', 'dist/deep/gone.spec.js', 'dist/deep/gone.spec.js.map', 'dist/gone.d.ts'],
    ]) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), '');
    }
    removeOrphans({ sourceRoot, outputRoot });
    const left = filesUnder(outputRoot).map((file) => relative(outputRoot, file));
    assert.deepEqual(left.sort(), [
      '.tsbuildinfo',
      'deep/kept.spec.js',
      'kept.d.ts',
      'kept.js',
      'kept.js.map',
    ]);
    rmSync(folder, { recursive: true });
  });
});
