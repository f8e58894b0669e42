import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The Signalbox that `npx vite` in this folder shows the page of. */
const signalbox = process.env.SIGNALBOX_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', sourcemap: false, chunkSizeWarningLimit: 700, assetsInlineLimit: 0 },
  server: {
    proxy: {
      '/api': { target: signalbox, changeOrigin: true },
      '/docs': { target: signalbox, changeOrigin: true },
      '/socket.io': { target: signalbox, changeOrigin: true, ws: true },
    },
  },
});
