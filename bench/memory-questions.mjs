import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSources } from '../scripts/setup/load-sources.mjs';
import { say } from '../scripts/setup/say.mjs';
import { timeCardVerdicts } from './shared/card-verdicts.mjs';
import { timeFitParams } from './shared/fit-params.mjs';
import { headerSizes, readHeader } from './shared/headers.mjs';
import { wholeOnCard } from './shared/settings.mjs';
import { userSeconds } from './shared/timing.mjs';

const MODULES = [
  'core/plan/memory',
  'core/catalog/models',
  'core/catalog/gpus/gpus',
  'core/model/gguf/read-gguf',
  'core/model/gguf/model-from-gguf',
];
const PART = 20_000;
/** Parts while most of what is asked about is new. */
const FIRST = 5;
const KNOWN = 2000;
const ROUNDS = 10;
const PEER = 'llama-3.1-8b';

/**
 * Questions of memory: what llama.cpp would allocate for a model and arguments. A mixture of 14 models, contexts, placements, micro-batches,
 * slots and cache types from nothing known on; such questions once their shapes are known; and whether a model in a quantisation fits on a
 * card, for the whole catalog. Beside them `llama-fit-params`, where it is on PATH. Times are of one core's work (user time).
 */
export async function run() {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    const ours = await loadSources(MODULES);
    const models = Object.keys(headerSizes).map((name) => readHeader(ours, name));
    mixed(ours, models);
    known(ours, models);
    severalDevices(ours, models);
    say(timeCardVerdicts(ours));
    deep(ours, models);
    say(await timeFitParams(folder, PEER));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A minute of one core's work from nothing known on, in parts: how many questions it answers, and how dear they are at first and later. */
function mixed(ours, models) {
  const random = randomNumbers(7);
  const ask = () =>
    userSeconds(() => {
      for (let index = 0; index < PART; index++) ours.partsOf(...question(models, random));
    });
  const parts = [];
  for (let spent = 0; spent < 60; spent += parts.at(-1)) parts.push(ask());
  const each = parts.map((seconds) => (seconds / PART) * 1e6);
  const [first, later] = [each.slice(0, FIRST), each.slice(FIRST)];
  const spent = parts.reduce((sum, seconds) => sum + seconds, 0);
  const answered = Math.round((PART * parts.length * 60) / spent).toLocaleString('en');
  say(
    `mixed questions on ${models.length} models: ${answered} in the first minute; the first ${PART * FIRST} ${mean(first).toFixed(0)} us each, ` +
      `then ${Math.min(...later).toFixed(0)} to ${Math.max(...later).toFixed(0)}, median ${middle(later).toFixed(0)} (parts of ${PART})`,
  );
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function known(ours, models) {
  const random = randomNumbers(11);
  const questions = Array.from({ length: KNOWN }, () => question(models, random));
  const ask = (further) => () => {
    for (const [model, settings] of questions)
      ours.partsOf(model, { ...settings, context: settings.context + further });
  };
  ask(0)();
  const times = Array.from({ length: ROUNDS }, (_, round) => userSeconds(ask(256 * (round + 1))));
  say(
    `a question whose model and placement are known, another context: best of ${ROUNDS} ${((Math.min(...times) / KNOWN) * 1e6).toFixed(1)} us`,
  );
}

/** As after opening a model: the first question on two devices about each model as if it were new, and then other splits. */
function severalDevices(ours, models) {
  const first = [];
  const next = [];
  for (const model of models) {
    const split = (one) => ({ ...wholeOnCard, devices: cards, tensorSplit: [one, 12] });
    const fresh = { ...model };
    first.push(userSeconds(() => ours.partsOf(fresh, split(20))));
    for (let one = 1; one <= ROUNDS; one++) next.push(userSeconds(() => ours.partsOf(fresh, split(one))));
  }
  say(
    `two cards, models as if new: first question ${(middle(first) * 1e3).toFixed(1)} ms, each next -ts ${(middle(next) * 1e3).toFixed(2)} ms (medians)`,
  );
}

function middle(times) {
  return [...times].sort((one, other) => one - other)[times.length >> 1];
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
  const first = userSeconds(() => ours.partsOf(tall, wholeOnCard));
  const second = userSeconds(() => ours.partsOf(tall, { ...wholeOnCard, gpuLayers: 1000 }));
  say(
    `a model of 2,000 blocks: first question ${(first * 1e3).toFixed(0)} ms, half of it on the card ${(second * 1e3).toFixed(0)} ms`,
  );
}

const { devices: card } = wholeOnCard;
const cards = [
  { name: 'gpu0', freeBytes: 24e9 },
  { name: 'gpu1', freeBytes: 12e9 },
];

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
      devices: of(card, card, card, cards),
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
