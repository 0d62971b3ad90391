import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));
const commonJs = { format: 'cjs', entryFileNames: 'index.cjs', chunkFileNames: '[name].cjs' } as const;

/** The desktop shell as CommonJS, which a sandboxed preload and Electron's older Node need, and the page for both shells. */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node18',
      minify: false,
      rollupOptions: { input: source('main/index.ts'), output: commonJs },
    },
    logLevel: 'warn',
  },
  preload: {
    build: {
      outDir: 'out/preload',
      externalizeDeps: false,
      rollupOptions: { input: source('preload/index.ts'), output: commonJs },
    },
    logLevel: 'warn',
  },
  renderer: {
    root: source('renderer'),
    base: './',
    plugins: [react()],
    build: {
      outDir: fileURLToPath(new URL('out/renderer', import.meta.url)),
      target: 'chrome114',
      minify: true,
      chunkSizeWarningLimit: 2000,
      rollupOptions: {
        input: { index: source('renderer/index.html'), browser: source('renderer/browser.html') },
      },
    },
    logLevel: 'warn',
  },
});
