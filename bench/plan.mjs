import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';

const MODULES = [
  'core/plan/plan-model',
  'core/plan/schema',
  'core/plan/settings',
  'core/plan/memory',
  'core/profile/schema',
  'core/model/gguf/read-gguf',
  'core/model/gguf/model-from-gguf',
];
const RUNS = 200;
const MODELS = ['llama-3.1-8b', 'llama-3.3-70b', 'qwen3-30b-a3b', 'qwen3-next-80b-a3b', 'gemma-4-e4b'];

/**
 * A plan, and one question of memory, beside `llama-fit-params` on a sparse file of the same header where it is on PATH.
 * `first` is with nothing remembered, as after opening a model; `again` as while a slider moves back and forth.
 */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    const ours = await loadSources(MODULES);
    const profile = ours.profileSchema.parse(machine);
    const sizes = JSON.parse(readFileSync('test/fixtures/headers/sizes.json', 'utf8'));
    for (const name of MODELS) {
      const head = readFileSync(`test/fixtures/headers/${name}.gguf.head`);
      const read = () =>
        ours.modelFromGguf(readHeader(ours, head, sizes[name].file_bytes), name, `${name}.gguf`);
      const line = [
        `${name.padEnd(20)} plan first ${medianMs(
          20,
          () => [read()],
          (model) => plan(ours, model, profile),
        )} ms`,
        `again ${againMs(read(), (model) => plan(ours, model, profile))} ms`,
        `memory first ${medianMs(
          20,
          () => [read()],
          (model) => memory(ours, model, 8192),
        )} ms`,
        `another context ${contextsMs(ours, read())} ms`,
        `another placement ${placementsUs(ours, read())} us`,
        await fitParams(folder, name, sizes[name].file_bytes),
      ];
      say(line.join(', '));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const machine = {
  schema_version: '1.0.0',
  created: '2026-01-01T00:00:00.000Z',
  generator: 'bench',
  hardware: {
    platform: { os: 'linux' },
    cpu: { physical_cores: 16 },
    memory: { ram_available_gib: 60, cpu_mem_bw_gbps: 60 },
    gpus: [
      { index: 0, vendor: 'nvidia', vram_free_mib: 12_000, vram_bw_gbps: 500, context_overhead_mib: 400 },
    ],
  },
};

function plan(ours, model, profile) {
  return ours.planModel(model, profile, ours.planRequestSchema.parse({}));
}

function memory(ours, model, context, gpuLayers = 999, cpuMoeLayers = 0) {
  const request = ours.planRequestSchema.parse({ context });
  const settings = ours.settingsOf(model, request, { device: true, gpuLayers, cpuMoeLayers });
  return ours.partsOf(model, settings);
}

function contextsMs(ours, model) {
  let context = 4096;
  return medianMs(
    40,
    () => [model],
    () => memory(ours, model, (context += 256)),
  );
}

/** Placements in turn, as a search asks for them, all of them asked for once before. */
function placementsUs(ours, model) {
  const sweep = () => {
    for (let layers = 0; layers <= model.block_count; layers++) memory(ours, model, 8192, layers);
  };
  sweep();
  const times = Array.from({ length: RUNS }, () => timed(sweep) / (model.block_count + 1));
  return (median(times) * 1000).toFixed(1);
}

function againMs(model, work) {
  work(model);
  return medianMs(RUNS, () => [model], work);
}

function medianMs(runs, prepare, work) {
  const times = Array.from({ length: runs }, () => {
    const given = prepare();
    return timed(() => work(...given));
  });
  return median(times).toFixed(2);
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(times) {
  return times.toSorted((left, right) => left - right)[times.length >> 1];
}

async function fitParams(folder, name, bytes) {
  const path = join(folder, `${name}.gguf`);
  copyFileSync(`test/fixtures/headers/${name}.gguf.head`, path);
  truncateSync(path, bytes);
  const args = ['-m', path, '-fitp', 'on', '--no-repack', '-c', '8192', '-ngl', '0'];
  const times = [];
  for (let index = 0; index < 5; index++) {
    const start = performance.now();
    try {
      await promisify(execFile)('llama-fit-params', args);
    } catch (error) {
      return error.code === 'ENOENT'
        ? 'skipped: llama-fit-params is not on PATH'
        : `llama-fit-params failed: ${error.code}`;
    }
    times.push(performance.now() - start);
  }
  return `llama-fit-params, one placement, ${median(times).toFixed(0)} ms`;
}

function readHeader(ours, head, bytes) {
  const reading = ours.readGguf(bytes);
  let step = reading.next();
  while (!step.done) {
    const { offset, length } = step.value;
    step = reading.next(head.subarray(offset, offset + length));
  }
  return step.value;
}
