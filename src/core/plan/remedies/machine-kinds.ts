import { type Quant, quantNames, resolveQuant, startTypeOf } from '../../model/quantise/quants';
import { tensorTypeNamed } from '../../model/tensor-types';
import { formatBytes } from '../../report/format';
import { type Bytes, fromGib, fromMib, MIB } from '../../units';
import { weightsOf } from './could-fit';
import { qualityOfWeights } from '../quality/weights';
import { qualityWords } from '../quality/words';
import type { Plan } from '../schema';
import { type Change, change, type Kind } from './change';
import type { Situation } from './situation';

/** Amounts of memory are said in steps of this. */
const STEP: Bytes = 64 * MIB;

/** Changes of the machine and of the model's file. */
export function machineKinds(situation: Situation, refused: Plan): readonly Kind[] {
  return [
    ...freeGpuMemory(situation),
    freeHostMemory(situation, refused),
    smallerQuants(situation),
    moreHostMemory(situation, refused),
  ];
}

/** What others hold of each GPU, in eighths: other programs, or a desktop. */
function freeGpuMemory({ profile, request }: Situation): readonly (readonly Change[])[] {
  return (profile.hardware.gpus ?? []).map((gpu, position) => {
    const device = `gpu${position}`;
    const total = fromMib(gpu.vram_total_mib);
    const free = fromMib(gpu.vram_free_mib);
    if (total === null || free === null || request.budgets_mib[device] !== undefined) return [];
    if (gpu.memory_kind === 'unified') return [];
    const held = total - free - (fromMib(gpu.vram_reserved_mib) ?? 0);
    return eighths(held).map((bytes) =>
      change({
        code: 'free-gpu-memory',
        message: `Free ${formatBytes(bytes)} on ${device}: other programs hold ${formatBytes(held)} of it.`,
        cost: 35,
        memory: [{ device, bytes }],
      }),
    );
  });
}

/** What programs hold of the host's memory, where it would be enough. */
function freeHostMemory(situation: Situation, refused: Plan): readonly Change[] {
  return hostNeeds(situation, refused)
    .map((bytes) => hostMemoryBy(situation, bytes))
    .filter(({ code }) => code === 'free-memory');
}

/** Memory to be bought, where freeing some is not enough. */
function moreHostMemory(situation: Situation, refused: Plan): readonly Change[] {
  return hostNeeds(situation, refused)
    .map((bytes) => hostMemoryBy(situation, bytes))
    .filter(({ code }) => code === 'more-memory');
}

/** So much more of the host's memory, in whole steps: freed where programs hold as much, else bought. */
export function hostMemoryBy(situation: Situation, atLeast: Bytes): Change {
  const { held, limited } = hostMemory(situation);
  const bytes = Math.ceil(atLeast / STEP) * STEP;
  const memory = [{ device: 'host', bytes }];
  if (held !== null && bytes <= held) {
    const message = `Free ${formatBytes(bytes)} of host memory: other programs hold ${formatBytes(held)}.`;
    return change({ code: 'free-memory', message, cost: 36, memory });
  }
  const message = limited
    ? `Raise the limit of memory here by ${formatBytes(bytes)}.`
    : `Add ${formatBytes(bytes)} of host memory.`;
  return change({ code: 'more-memory', message, cost: 90, memory });
}

/**
 * What the host lacks, and more: a device that is short too gives it the layers that do not fit there. Empty where the host fits
 * or its budget was set.
 */
function hostNeeds({ model, request }: Situation, { memory }: Plan): readonly Bytes[] {
  if (request.budgets_mib['host'] !== undefined) return [];
  const shorts = memory.map(({ total_bytes, budget_bytes }) =>
    total_bytes === null || budget_bytes === null ? 0 : Math.max(0, total_bytes - budget_bytes),
  );
  const host = shorts.at(-1) ?? 0;
  if (host === 0) return [];
  const onDevices = shorts.slice(0, -1).reduce((sum, short) => sum + short, 0);
  const layer = weightsOf(model) / Math.max(1, model.block_count ?? 1);
  const steps = [host, host + onDevices, ...[1, 2, 4].map((layers) => host + onDevices + layers * layer)];
  return [...new Set(steps.map((bytes) => Math.ceil(bytes / STEP) * STEP))];
}

function hostMemory({ profile }: Situation): { held: Bytes | null; limited: boolean } {
  const { ram_total_gib, ram_available_gib, ram_limit_gib } = profile.hardware.memory;
  const limited = ram_limit_gib !== null && (ram_total_gib === null || ram_limit_gib < ram_total_gib);
  const total = fromGib(limited ? ram_limit_gib : ram_total_gib);
  const available = fromGib(ram_available_gib);
  return { held: total === null || available === null ? null : Math.max(0, total - available), limited };
}

function eighths(bytes: Bytes): readonly Bytes[] {
  const steps = Array.from({ length: 8 }, (_, index) => Math.floor((bytes * (index + 1)) / 8 / STEP) * STEP);
  return [...new Set(steps)].filter((step) => step > 0);
}

/** What people publish, from large to small; of two alike in size the better. */
const usual: readonly Quant[] = [
  'Q8_0',
  'Q6_K',
  'Q5_K_M',
  'Q4_K_M',
  'IQ4_XS',
  'Q3_K_M',
  'IQ3_XXS',
  'IQ2_M',
  'IQ2_XXS',
];

/** Smaller files of the same model, each with what it costs in quality. */
function smallerQuants({ model }: Situation): readonly Change[] {
  const resolved = model.quant === null ? null : resolveQuant(model.quant);
  const from = resolved === null || resolved.kind === 'unknown' ? null : resolved.quant;
  const bits = bitsOf(model);
  if (bits === null) return [];
  return usual
    .filter((quant) => bitsOfQuant(quant) < bits * LEAST_SHRINKAGE)
    .map((quant) => {
      const quality = from === null ? null : qualityOfWeights(from, quant);
      const message = `Take the model in ${quant}${model.quant === null ? '' : ` instead of ${model.quant}`}: ${qualityWords(quality)}.`;
      const cost = 62 + (quality?.change_pct ?? UNPUBLISHED_LOSS);
      return change({ code: 'smaller-quant', message, cost, quant, quality });
    });
}

/** What an unpublished loss counts as, in % of perplexity. */
const UNPUBLISHED_LOSS = 15;
/** A file that is hardly smaller is not worth another download. */
const LEAST_SHRINKAGE = 0.97;

/** Bits a weight, over the whole file; null for a model without tensors. */
function bitsOf({ tensors }: Situation['model']): number | null {
  let bytes = 0;
  let elements = 0;
  for (const tensor of tensors) {
    bytes += tensor.bytes;
    elements += tensor.dimensions.reduce((product, size) => product * size, 1);
  }
  return elements === 0 ? null : (8 * bytes) / elements;
}

/** The least that a file can have: of the type that most tensors get; some get a larger one. */
export function bitsOfQuant(quant: Quant): number {
  const type = tensorTypeNamed(startTypeOf(quant));
  return type === null ? Infinity : (8 * type.bytes) / type.block;
}

/** The next larger file that people publish; null where there is none. */
export function nextLargerQuant(name: string): Quant | null {
  const resolved = resolveQuant(name);
  if (resolved.kind === 'unknown') return null;
  const order = quantNames.indexOf(resolved.quant);
  let next: Quant | null = null;
  for (const quant of usual) if (quantNames.indexOf(quant) < order) next = quant;
  return next;
}
