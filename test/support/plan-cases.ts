import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { catalogEntries, catalogModel } from '../../src/core/catalog/models';
import { modelFromConfig } from '../../src/core/model/config/model-from-config';
import type { Model } from '../../src/core/model/schema';
import type { Companions } from '../../src/core/plan/companions';
import type { PlanRequest } from '../../src/core/plan/request-schema';
import type { Profile } from '../../src/core/profile/schema';
import { modelNamed, modelNames } from '../core/plan/truth-rows';
import { Random } from '../fuzz/random';
import { machineOf } from './plan-case-machines';
import { requestOf } from './plan-case-requests';

/** Anything that a plan may be asked for: a model of any kind, a machine with up to eight unlike GPUs, a request with any option. */
export interface PlanCase {
  readonly position: number;
  readonly model: Model;
  readonly profile: Profile;
  readonly request: PlanRequest;
  readonly companions: Companions;
  /** Further choices of whoever looks at the case. */
  readonly random: Random;
}

const quants = ['F16', 'Q8_0', 'Q6_K', 'Q5_K_M', 'Q4_K_M', 'Q4_0', 'IQ4_XS', 'Q3_K_M', 'IQ2_XS'] as const;

/** Cases one after the other that share a model, because making and drawing it anew takes longest. */
const CASES_OF_A_MODEL = 8;

/** The case of a seed and a position: each can be made again by itself. */
export function planCase(seed: number, position: number): PlanCase {
  const model = anyModel(randomAt(seed, -1 - Math.floor(position / CASES_OF_A_MODEL)));
  const random = randomAt(seed, position);
  const profile = machineOf(random);
  const gpus = profile.hardware.gpus?.length ?? 0;
  return {
    position,
    model,
    profile,
    request: requestOf(random, model, gpus),
    companions: companionsOf(random),
    random,
  };
}

function randomAt(seed: number, position: number): Random {
  return new Random(Math.imul(seed, 0x9e3779b1) ^ Math.imul(position + 1, 0x85ebca6b));
}

/** One in words, for who has to find out what is wrong with it. */
export function wordsOf({ position, model, profile, request }: PlanCase): string {
  const { gpus, memory } = profile.hardware;
  const cards = gpus?.map(
    (gpu) => `${gpu.vram_free_mib}@${gpu.vram_bw_gbps}${gpu.memory_kind === 'unified' ? 'u' : ''}`,
  );
  const asked = Object.entries(request).filter(
    ([, value]) => value !== null && JSON.stringify(value) !== '[]',
  );
  return `case ${position}: ${model.name} ${model.quant}, ${memory.ram_available_gib} GiB @${memory.cpu_mem_bw_gbps}, gpus ${cards?.join(' ') ?? null}, ${JSON.stringify(Object.fromEntries(asked))}`;
}

const configs = resolve('test/fixtures/configs');
const configNames = readdirSync(configs).filter((name) => name.endsWith('.json'));
const catalogNames = catalogEntries().map(({ name }) => name);
const made = new Map<string, Model>();

/** Captured headers, the catalog in every quantisation, configs; some of it with parts that are not known. */
function anyModel(random: Random): Model {
  const kind = random.share();
  const model =
    kind < 0.45 ? modelNamed(random.pick(modelNames)) : kind < 0.9 ? ofCatalog(random) : ofConfig(random);
  if (random.chance(0.97)) return model;
  return random.pick([
    { ...model, layers: null },
    { ...model, tensors: [] },
    { ...model, vocabulary: null },
    { ...model, context_trained: null },
  ]);
}

function ofCatalog(random: Random): Model {
  const name = random.pick(catalogNames);
  const quant = random.pick(quants);
  return once(`${name}:${quant}`, () => catalogModel(name, quant)!);
}

function ofConfig(random: Random): Model {
  const file = random.pick(configNames);
  const quant = random.pick(quants);
  return once(`${file} ${quant}`, () => {
    const config: unknown = JSON.parse(readFileSync(resolve(configs, file), 'utf8'));
    return modelFromConfig(config, { name: file.replace('.json', ''), locator: `/models/${file}`, quant });
  });
}

/** Models that are remembered, and with them what was drawn of them. */
const MOST_MADE = 8;

function once(key: string, make: () => Model): Model {
  const known = made.get(key);
  if (known !== undefined) return known;
  if (made.size >= MOST_MADE) made.clear();
  const model = make();
  made.set(key, model);
  return model;
}

function companionsOf(random: Random): Companions {
  const bytes = random.below(2e9);
  return {
    projector: random.chance(0.05)
      ? {
          name: 'mmproj',
          path: '/models/mmproj.gguf',
          file_bytes: bytes,
          tensor_bytes: random.chance(0.5) ? bytes : null,
          encoder: null,
        }
      : null,
    draft: random.chance(0.03) ? modelNamed(random.pick(['qwen2.5-7b', 'llama-3.1-8b'])) : null,
  };
}
