import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

const programs = { cli: source('cli/index.ts'), server: source('server/index.ts') };
/** Each one file of its own: it lies outside the archive of the packaged app, where no shared chunk would be found. */
const alone: Readonly<Record<string, string>> = {
  'memory-reader': source('host/probe/memory-reader.ts'),
  'gpu-prober': source('host/native/gpu-prober.ts'),
  'embedded-runner': source('host/embedded/embedded-runner.ts'),
};

/** What runs in plain Node: the command line and the loopback server; with `--mode NAME`, what measures on its own. */
export default defineConfig(({ mode }) => ({
  build: {
    ssr: true,
    outDir: 'out/node',
    emptyOutDir: !(mode in alone),
    target: 'node18',
    minify: false,
    rollupOptions: {
      input: mode in alone ? { [mode]: alone[mode] } : programs,
      output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunk-[hash].cjs' },
    },
  },
  ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
  logLevel: 'warn',
}));
