import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The Signalbox that `npx vite` in this folder shows the page of. */
const signalbox = process.env.SIGNALBOX_URL ?? 'http://127.0.0.1:3000';

/**
 * The page is served with a policy that forbids `eval`. TypeBox tries it, is refused and checks without; here it does
 * not try, so that the browser has no violation to complain of.
 */
const withoutEval: Plugin = {
  name: 'without-eval',
  load: (id) =>
    id.endsWith('/typebox/build/system/environment/evaluate.mjs')
      ? "export const CanEvaluate = () => false; export const Evaluate = () => { throw new Error('no eval'); };"
      : null,
};

/**
 * Beside each text that the page loads, the same compressed as well as can be: the gateway sends it as it is. Brotli is
 * offered by browsers over TLS alone, gzip always. Fonts are compressed already.
 */
const compressed: Plugin = {
  name: 'compressed',
  apply: 'build',
  writeBundle({ dir = '' }, bundle) {
    for (const name of Object.keys(bundle).filter((one) => /\.(html|js|css|svg)$/.test(one))) {
      const content = readFileSync(join(dir, name));
      const brotli = { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } };
      writeFileSync(join(dir, `${name}.br`), brotliCompressSync(content, brotli));
      writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level: 9 }));
    }
  },
};

export default defineConfig({
  plugins: [react(), withoutEval, compressed],
  build: { outDir: 'dist', sourcemap: false, chunkSizeWarningLimit: 700, assetsInlineLimit: 0 },
  server: {
    proxy: {
      '/api': { target: signalbox, changeOrigin: true },
      '/docs': { target: signalbox, changeOrigin: true },
      '/socket.io': { target: signalbox, changeOrigin: true, ws: true },
    },
  },
});
