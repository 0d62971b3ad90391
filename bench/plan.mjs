import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';
import { timeCardVerdicts } from './shared/card-verdicts.mjs';
import { timeFitParams } from './shared/fit-params.mjs';
import { readHeader } from './shared/headers.mjs';
import { wholeOnCard } from './shared/settings.mjs';
import { timesOf, wallSeconds } from './shared/timing.mjs';

const MODULES = [
  'core/plan/plan-model',
  'core/plan/schema',
  'core/plan/memory',
  'core/profile/schema',
  'core/catalog/models',
  'core/catalog/gpus/gpus',
  'core/model/gguf/read-gguf',
  'core/model/gguf/model-from-gguf',
];
const MIXTURE = 'qwen3-235b-a22b';
const HEADERS = ['llama-3.1-8b', 'llama-3.3-70b', 'qwen3-30b-a3b', 'qwen3-next-80b-a3b', 'gemma-4-e4b'];
const COLD = 40;
const WARM_EACH = 5;
const QUESTIONS = 400;

/**
 * A plan with its search, one question of memory and single-card verdicts of the catalog, beside `llama-fit-params` on a sparse file
 * of the same header where it is on PATH. Cold: a model object never seen before, in a process that has planned others; warm: the
 * same again, as while a slider moves. On one core.
 */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    const ours = await loadSources(MODULES);
    const mixture = () => ours.catalogModel(MIXTURE, 'Q4_K_M');
    say(`${MIXTURE}, 94 layers, 2 unlike GPUs, the process's first plan: ${firstMs(ours, mixture())} ms`);
    for (const [title, machine] of Object.entries(machines)) {
      const profile = ours.profileSchema.parse(machine);
      say(
        `${MIXTURE}, ${title}: ${planTimes(ours, mixture, profile, title.startsWith('refused') ? COLD / 4 : COLD)}`,
      );
    }
    for (const name of HEADERS) {
      const read = () => readHeader(ours, name);
      const profile = ours.profileSchema.parse(machineOf(60, [12_000], 0));
      say(`${name}, 1 GPU: ${planTimes(ours, read, profile, COLD / 4)}`);
      say(`${name}, memory: ${memoryTimes(ours, read)}; ${await timeFitParams(folder, name)}`);
    }
    say(`${MIXTURE}, memory: ${memoryTimes(ours, mixture)}`);
    say(timeCardVerdicts(ours));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function machineOf(ram, free, step) {
  return {
    schema_version: '1.0.0',
    created: '2026-01-01T00:00:00.000Z',
    generator: 'bench',
    hardware: {
      platform: { os: 'linux' },
      cpu: { physical_cores: 16, features: ['avx2'] },
      memory: { ram_available_gib: ram, ram_total_gib: ram + 4, cpu_mem_bw_gbps: 60 },
      gpus: free.map((mib, index) => ({
        index,
        vendor: 'nvidia',
        memory_kind: 'dedicated',
        vram_total_mib: mib + 600,
        vram_free_mib: mib,
        vram_bw_gbps: 250 + step * ((index * 3) % 8),
        context_overhead_mib: 400,
      })),
    },
  };
}

const pair = [23_880, 15_500];
const eight = [7000, 11_000, 5000, 15_000, 7900, 6100, 11_000, 9000];
const machines = {
  '2 unlike GPUs': machineOf(192, pair, 220),
  '8 unlike GPUs': machineOf(192, eight, 90),
  'refused on 2 GPUs': machineOf(30, pair, 220),
  'refused on 8 GPUs': machineOf(16, eight, 90),
};

function plan(ours, model, profile) {
  return ours.planModel(model, profile, ours.planRequestSchema.parse({}));
}

function firstMs(ours, model) {
  const profile = ours.profileSchema.parse(machines['2 unlike GPUs']);
  return (1e3 * wallSeconds(() => plan(ours, model, profile))).toFixed(0);
}

function planTimes(ours, make, profile, count) {
  const models = Array.from({ length: count }, make);
  const cold = timesOf(models, (model) => plan(ours, model, profile));
  const warm = timesOf(Array.from({ length: WARM_EACH * count }), () => plan(ours, models[0], profile));
  return `${plan(ours, models[0], profile).verdict}; cold ${worded(cold)}; warm ${worded(warm)}`;
}

function worded({ best, median, user }) {
  return `best ${best.toFixed(2)}, median ${median.toFixed(2)}, user time ${user.toFixed(2)} ms`;
}

/** First of a new model; then at contexts never asked for; then placements in turn, all of them asked for before. */
function memoryTimes(ours, make) {
  const models = Array.from({ length: COLD / 4 }, make);
  const first = timesOf(models, (model) => ours.partsOf(model, wholeOnCard));
  const [model] = models;
  const contexts = Array.from({ length: QUESTIONS }, (_, index) => 16_384 + 256 * index);
  const other = timesOf(contexts, (context) => ours.partsOf(model, { ...wholeOnCard, context }));
  const layers = Array.from({ length: QUESTIONS }, (_, index) => index % (model.block_count + 2));
  const ask = (gpuLayers) => ours.partsOf(model, { ...wholeOnCard, gpuLayers });
  for (const each of layers) ask(each);
  const again = timesOf(layers, ask);
  return (
    `first ${first.best.toFixed(2)} ms, another context ${(1e3 * other.median).toFixed(1)} us, ` +
    `another placement ${(1e3 * again.median).toFixed(1)} us (medians)`
  );
}
