import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

/** Everything that these modules below src/ export (`core/plan/plan-model`), bundled into a folder that is gone once they are loaded. */
export async function loadSources(modules) {
  mkdirSync('out', { recursive: true });
  // Inside the project, so that packages are found.
  const folder = mkdtempSync(resolve('out', 'sources-'));
  const entry = join(folder, 'entry.ts');
  const lines = modules.map((path) => `export * from ${JSON.stringify(resolve('src', path))};`);
  writeFileSync(entry, lines.join('\n'));
  try {
    await build({
      configFile: false,
      logLevel: 'silent',
      ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
      build: {
        ssr: entry,
        outDir: folder,
        emptyOutDir: false,
        rollupOptions: {
          output: { format: 'es', entryFileNames: 'sources.mjs', codeSplitting: false },
        },
      },
    });
    return await import(pathToFileURL(join(folder, 'sources.mjs')).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
