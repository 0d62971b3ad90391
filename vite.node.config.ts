import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** What runs in plain Node: the command line, the loopback server and the workers that measure. */
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'out/node',
    target: 'node20',
    minify: false,
    rollupOptions: {
      input: {
        cli: source('cli/index.ts'),
        server: source('server/index.ts'),
        'memory-reader': source('host/probe/memory-reader.ts'),
      },
      output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunk-[hash].cjs' },
    },
  },
  ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
});
