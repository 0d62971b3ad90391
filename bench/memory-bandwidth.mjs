import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { say } from '../scripts/setup/say.mjs';
import { inFolder } from './shared/folder.mjs';

const ROUNDS = 6;
const PASSES = 20;
const BUFFER_MIB = 512;

/**
 * The bandwidth probe beside a C loop that sums floats and a C memcpy, in turns. Both count bytes over the time of the
 * slowest thread; copies count twice.
 */
export async function run() {
  if (process.platform !== 'linux') return say('the reference loop is for Linux');
  return inFolder(async (folder) => {
    const reference = compileReference(folder);
    if (reference === null) return say('cc with OpenMP is not installed');
    const sides = [...referenceSides(reference), await probeSide(folder)];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of round % 2 === 0 ? sides : sides.toReversed()) side.rounds.push(await side.measure());
    }
    print(sides);
  });
}

function compileReference(folder) {
  const program = join(folder, 'reference');
  const source = resolve('bench', 'memory-bandwidth.c');
  try {
    execFileSync('cc', ['-O3', '-march=native', '-fopenmp', source, '-o', program], { stdio: 'ignore' });
    return program;
  } catch {
    return null;
  }
}

function referenceSides(program) {
  const all = cpus().length;
  const kinds = [
    ['read', false],
    ['read', true],
    ['copy', true],
  ];
  return [...new Set([1, all])].flatMap((threads) =>
    kinds.map(([kind, huge]) => ({
      kind,
      name: `C ${kind === 'read' ? 'sum f64' : 'memcpy'}, ${huge ? 'huge' : '4 KiB'} pages, ${threads} thread${threads === 1 ? '' : 's'}`,
      rounds: [],
      measure: async () => {
        const args = [threads, huge ? 1 : 0, PASSES, BUFFER_MIB, kind].map(String);
        const gbps = execFileSync(program, args, { encoding: 'utf8' }).trim().split('\n').map(Number);
        return { best: Math.max(...gbps), median: median(gbps) };
      },
    })),
  );
}

async function probeSide(folder) {
  const { probeBandwidth } = await bundleProbe(folder);
  const context = {
    now: () => new Date().toISOString(),
    signal: new AbortController().signal,
    progress: () => {},
  };
  const options = { worker: join(folder, 'memory-reader.cjs'), quick: false, physicalCores: null };
  return {
    name: 'probe',
    kind: 'read',
    rounds: [],
    copies: [],
    methods: [],
    async measure() {
      const { reading } = await probeBandwidth(context, options);
      const { value, provenance } = reading.cpu_mem_bw_gbps;
      if (value === null) throw new Error(provenance.reason);
      this.methods.push(reading.cpu_mem_bw_method.value);
      this.copies.push(reading.cpu_mem_copy_gbps.value);
      return { best: value, median: provenance.samples.median };
    },
  };
}

/** The probe and its worker from their sources, so that the bench needs no build of the whole program. */
async function bundleProbe(folder) {
  // koffi, which asks for huge pages, is not bundled and found from where the bundle lies.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  const input = { bandwidth: 'bandwidth.ts', 'memory-reader': 'memory-reader.ts' };
  const entries = Object.entries(input).map(([name, file]) => [name, resolve('src/host/probe', file)]);
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true, external: ['koffi', 'systeminformation'] },
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: {
        input: Object.fromEntries(entries),
        output: { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: 'chunk-[hash].cjs' },
      },
    },
  });
  return createRequire(import.meta.url)(join(folder, 'bandwidth.cjs'));
}

function print(sides) {
  const [probe] = sides.slice(-1);
  for (const { name, rounds } of sides) {
    const best = rounds.map((round) => round.best);
    const spread = `(${Math.min(...best).toFixed(1)}-${Math.max(...best).toFixed(1)})`;
    const medians = median(rounds.map((round) => round.median)).toFixed(1);
    say(`${name.padEnd(36)}  best pass ${median(best).toFixed(1)} GB/s ${spread}, median pass ${medians}`);
  }
  for (const method of new Set(probe.methods)) say(`probe chose: ${method}`);
  const own = { read: median(probe.rounds.map((round) => round.best)), copy: median(probe.copies) };
  say(`probe's copy: ${own.copy.toFixed(1)} GB/s`);
  for (const [kind, loop] of Object.entries({ read: 'fastest C loop', copy: 'fastest C memcpy' })) {
    const peers = sides.slice(0, -1).filter((side) => side.kind === kind);
    const fastest = Math.max(...peers.map((side) => median(side.rounds.map((round) => round.best))));
    const share = (own[kind] / fastest).toFixed(2);
    say(`probe / ${loop} = ${share} of best passes that ${kind}, over ${ROUNDS} rounds`);
  }
}

function median(values) {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
