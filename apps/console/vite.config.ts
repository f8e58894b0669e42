import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npx vite` in this folder serves the page while it is worked on, against a gateway on port 3000. */
export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', sourcemap: false, chunkSizeWarningLimit: 1_500 },
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:3000',
      '/socket.io': { target: 'ws://127.0.0.1:3000', ws: true },
    },
  },
});
