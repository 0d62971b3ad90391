import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

const programs = { cli: source('cli/index.ts'), server: source('server/index.ts') };
/** One file of its own: it lies outside the archive of the packaged app, where no shared chunk would be found. */
const worker = { 'memory-reader': source('host/probe/memory-reader.ts') };

/** What runs in plain Node: the command line and the loopback server; with `--mode worker`, what measures on threads. */
export default defineConfig(({ mode }) => ({
  build: {
    ssr: true,
    outDir: 'out/node',
    emptyOutDir: mode !== 'worker',
    target: 'node18',
    minify: false,
    rollupOptions: {
      input: mode === 'worker' ? worker : programs,
      output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunk-[hash].cjs' },
    },
  },
  ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
  logLevel: 'warn',
}));
