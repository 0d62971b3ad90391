import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { say } from '../scripts/setup/say.mjs';

const QUESTIONS = 100_000;
const NEXT = 20_000;
const KNOWN = 2000;
const ROUNDS = 10;
const QUANTS = ['Q2_K', 'Q3_K_M', 'Q4_K_S', 'Q4_K_M', 'Q5_K_M', 'Q6_K', 'Q8_0', 'F16'];
const CARDS = 60;
const PEER_RUNS = 5;
const PEER = 'llama-3.1-8b';

/**
 * Questions of memory: what llama.cpp would allocate for a model and arguments. A mixture of 14 models, contexts, placements, micro-batches,
 * slots and cache types from nothing known on; such questions once their shapes are known; and whether a model in a quantisation fits on a
 * card, for the whole catalog. Beside them `llama-fit-params`, where it is on PATH. Times are of one core's work (user time).
 */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    const ours = await load(folder);
    const models = Object.entries(sizes).map(([name, { file_bytes: bytes }]) => read(ours, name, bytes));
    mixed(ours, models);
    known(ours, models);
    verdicts(ours);
    deep(ours, models);
    say(await fitParams(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const sizes = JSON.parse(readFileSync('test/fixtures/headers/sizes.json', 'utf8'));

function mixed(ours, models) {
  const random = randomNumbers(7);
  const ask = (count) =>
    secondsOf(() => {
      for (let index = 0; index < count; index++) ours.partsOf(...question(models, random));
    }) / count;
  const first = ask(QUESTIONS);
  const next = ask(NEXT);
  say(
    `${QUESTIONS} mixed questions on ${models.length} models, nothing known before: ${(first * 1e6).toFixed(0)} us each; ` +
      `the ${NEXT} after them ${(next * 1e6).toFixed(0)} us each, ${Math.round(60 / next).toLocaleString('en')} a minute`,
  );
}

function known(ours, models) {
  const random = randomNumbers(11);
  const questions = Array.from({ length: KNOWN }, () => question(models, random));
  const ask = (further) => () => {
    for (const [model, settings] of questions)
      ours.partsOf(model, { ...settings, context: settings.context + further });
  };
  ask(0)();
  const times = Array.from({ length: ROUNDS }, (_, round) => secondsOf(ask(256 * (round + 1))));
  say(
    `a question whose model and placement are known, another context: best of ${ROUNDS} ${((Math.min(...times) / KNOWN) * 1e6).toFixed(1)} us`,
  );
}

function verdicts(ours) {
  const entries = ours.catalogEntries();
  const cards = ours.catalogGpus().slice(0, CARDS);
  let count = 0;
  let fits = 0;
  const seconds = secondsOf(() => {
    for (const { name } of entries)
      for (const quant of QUANTS) {
        const model = ours.catalogModel(name, quant);
        if (model === null) continue;
        for (const card of cards) {
          const { device } = ours.partsOf(model, wholeOnCard);
          const sum = (device.model ?? NaN) + (device.context ?? NaN) + (device.compute ?? NaN);
          if (sum <= card.memory_gib * 2 ** 30) fits++;
          count++;
        }
      }
  });
  say(
    `${count.toLocaleString('en')} verdicts on one card (${entries.length} models x ${cards.length} cards x ${QUANTS.length} quantisations, models made on the way): ` +
      `${seconds.toFixed(2)} s, ${((48_000 / count) * seconds).toFixed(2)} s for 48,000; ${fits.toLocaleString('en')} fit`,
  );
}

/** One model with its blocks over and over, up to more than llama.cpp loads. */
function deep(ours, [model]) {
  const blocks = 2000;
  const own = model.block_count;
  const tensors = model.tensors.flatMap((tensor) =>
    tensor.layer === null
      ? [tensor]
      : Array.from({ length: Math.ceil((blocks - tensor.layer) / own) }, (_, turn) => {
          const layer = tensor.layer + turn * own;
          return { ...tensor, layer, name: tensor.name.replace(/^blk\.\d+/, `blk.${layer}`) };
        }),
  );
  const layers = Array.from({ length: blocks }, (_, layer) => model.layers[layer % own]);
  const tall = { ...model, tensors, layers, block_count: blocks };
  const first = secondsOf(() => ours.partsOf(tall, wholeOnCard));
  const second = secondsOf(() => ours.partsOf(tall, { ...wholeOnCard, gpuLayers: 1000 }));
  say(
    `a model of 2,000 blocks: first question ${(first * 1e3).toFixed(0)} ms, half of it on the card ${(second * 1e3).toFixed(0)} ms`,
  );
}

const card = { name: 'gpu0', freeBytes: null };
const cards = [
  { name: 'gpu0', freeBytes: 24e9 },
  { name: 'gpu1', freeBytes: 12e9 },
];

const wholeOnCard = {
  tool: 'llama-server',
  context: 8192,
  sequences: 1,
  unified: false,
  keyType: 'f16',
  valueType: 'f16',
  flashAttention: true,
  batch: 2048,
  microBatch: 512,
  device: true,
  devices: [card],
  tensorSplit: null,
  splitMode: 'layer',
  mainDevice: 0,
  gpuLayers: 999,
  cpuMoeLayers: 0,
  overrides: [],
  fullWindow: false,
  offloadCache: true,
  offloadOperations: true,
  repack: true,
};

function question(models, random) {
  const between = (least, most) => least + Math.floor(random() * (most - least + 1));
  const of = (...choices) => choices[between(0, choices.length - 1)];
  const model = of(...models);
  const type = of('f16', 'f16', 'q8_0', 'q4_0');
  return [
    model,
    {
      ...wholeOnCard,
      context: 256 * between(1, 512),
      sequences: of(1, 1, 2, 4, 8),
      keyType: type,
      valueType: type,
      microBatch: of(512, 512, 256, 1024, 2048),
      devices: of([card], [card], [card], cards),
      gpuLayers: random() < 0.5 ? 999 : between(0, model.block_count + 1),
      cpuMoeLayers: model.experts === null || random() < 0.3 ? 0 : between(0, model.block_count),
    },
  ];
}

/** The same in every run (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

function secondsOf(work) {
  const start = process.cpuUsage();
  work();
  const { user } = process.cpuUsage(start);
  return user / 1e6;
}

async function fitParams(folder) {
  const path = join(folder, `${PEER}.gguf`);
  copyFileSync(`test/fixtures/headers/${PEER}.gguf.head`, path);
  truncateSync(path, sizes[PEER].file_bytes);
  const args = ['-m', path, '-fitp', 'on', '--no-repack', '-c', '8192', '-ngl', '0'];
  const times = [];
  for (let index = 0; index < PEER_RUNS; index++) {
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
  return `llama-fit-params, one question (${PEER}): best of ${PEER_RUNS} ${Math.min(...times).toFixed(0)} ms`;
}

function read(ours, name, bytes) {
  const head = readFileSync(`test/fixtures/headers/${name}.gguf.head`);
  const reading = ours.readGguf(bytes);
  let step = reading.next();
  while (!step.done) {
    const { offset, length } = step.value;
    step = reading.next(head.subarray(offset, offset + length));
  }
  return ours.modelFromGguf(step.value, name, `${name}.gguf`);
}

const modules = {
  'core/plan/memory': ['partsOf'],
  'core/catalog/models': ['catalogEntries', 'catalogModel'],
  'core/catalog/gpus/gpus': ['catalogGpus'],
  'core/model/gguf/read-gguf': ['readGguf'],
  'core/model/gguf/model-from-gguf': ['modelFromGguf'],
};

async function load(folder) {
  const entry = Object.fromEntries(
    Object.keys(modules).map((path) => [path.replaceAll('/', '-'), resolve('src', `${path}.ts`)]),
  );
  await build({
    configFile: false,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir: join(folder, 'ours'),
      rollupOptions: { input: entry, output: { format: 'es', entryFileNames: '[name].mjs' } },
    },
    ssr: { noExternal: true },
  });
  const loaded = await Promise.all(
    Object.keys(entry).map((name) => import(pathToFileURL(join(folder, 'ours', `${name}.mjs`)).href)),
  );
  return Object.assign({}, ...loaded);
}
