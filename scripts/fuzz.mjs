import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installDependencies } from './setup/dependencies.mjs';
import { say } from './setup/say.mjs';

const DEFAULT_COUNT = 100_000;
const DEFAULT_SEED = 20_261_121;

/**
 * `npm run fuzz [-- COUNT [SEED]]`: damaged headers through the readers of GGUF, safetensors and config.json. Ends with status 1 at the
 * first that is neither read nor refused with a typed error.
 */
const [count = DEFAULT_COUNT, seed = DEFAULT_SEED] = process.argv.slice(2).map(Number);
if (![count, seed].every((number) => Number.isSafeInteger(number) && number >= 0)) {
  say('Usage: npm run fuzz [-- COUNT [SEED]]');
  process.exit(64);
}
if (!installDependencies()) process.exit(1);
const { build } = await import('vite');
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-fuzz-'));
try {
  const readers = await builtModule('fuzz-readers');
  const { readCorpus } = await builtModule('corpus');
  report(readers.fuzzReaders, readCorpus(resolve('.')));
} catch (error) {
  say(String(error.stack ?? error));
  if (error.cause !== undefined) say(String(error.cause.stack ?? error.cause));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function report(fuzzReaders, corpus) {
  const start = performance.now();
  let done = 0;
  const reports = fuzzReaders(
    count,
    seed,
    corpus,
    () => performance.now(),
    () => {
      done++;
      if (done % 20_000 === 0) say(`${done} of ${count}`);
    },
  );
  const seconds = (performance.now() - start) / 1000;
  for (const [name, { read, refused, slowestMs, largestRange, mostAsked }] of Object.entries(reports)) {
    say(
      `${name.padEnd(12)} ${read} read, ${refused} refused, slowest ${slowestMs.toFixed(0)} ms, longest range ${mib(largestRange)}, most asked for in a case ${mib(mostAsked)}`,
    );
  }
  const memory = process.resourceUsage().maxRSS * 1024;
  say(
    `${done} damaged headers of seed ${seed} in ${seconds.toFixed(0)} s, worst memory of the process ${mib(memory)}`,
  );
}

function mib(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

async function builtModule(name) {
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: resolve(`test/fuzz/${name}.ts`),
      outDir: join(folder, name),
      rollupOptions: { output: { format: 'es', entryFileNames: `${name}.mjs` } },
    },
  });
  return import(pathToFileURL(join(folder, name, `${name}.mjs`)).href);
}
