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

export default defineConfig({
  plugins: [react(), withoutEval],
  build: { outDir: 'dist', sourcemap: false, chunkSizeWarningLimit: 700, assetsInlineLimit: 0 },
  server: {
    proxy: {
      '/api': { target: signalbox, changeOrigin: true },
      '/docs': { target: signalbox, changeOrigin: true },
      '/socket.io': { target: signalbox, changeOrigin: true, ws: true },
    },
  },
});
