import { existsSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { temporaryFolder } from './temporary';

/** Files of src/host/{probe,native,embedded} built as they ship, in a folder of their own from which koffi is found. */
export async function buildProbes(names: readonly string[], options: { readonly koffi: boolean }) {
  const folder = temporaryFolder();
  if (options.koffi) symlinkSync(resolve('node_modules'), join(folder.path, 'node_modules'), 'junction');
  const inputs = names.map((name) => [name, sourceOf(name)] as const);
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
    build: {
      ssr: true,
      outDir: folder.path,
      emptyOutDir: false,
      target: 'node18',
      minify: false,
      rollupOptions: {
        input: Object.fromEntries(inputs),
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunk-[hash].cjs' },
      },
    },
  });
  return { file: (name: string) => join(folder.path, `${name}.cjs`), remove: () => folder.remove() };
}

function sourceOf(name: string): string {
  const folders = ['probe', 'native', 'embedded'].map((folder) => resolve('src/host', folder));
  return folders.map((folder) => join(folder, `${name}.ts`)).find((path) => existsSync(path))!;
}
