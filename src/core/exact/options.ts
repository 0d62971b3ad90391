import type { Finding } from '../finding';
import { type ArgumentDraft, EVERY_LAYER, type WrittenOverride } from './arguments';
import {
  cacheType,
  denseOverrides,
  deviceNames,
  expertLayers,
  expertOverrides,
  layers,
  MOST_OVERRIDES,
  oneOf,
  overridePairs,
  shares,
  switchValue,
  text,
  tooManyOverrides,
  whole,
} from './read-values';
import { companionOptions } from './companion-options';
import { modelOptions } from './model-options';
import { plain, type ShapingOption, valued } from './shaping-option';

/** Options of llama-server and llama-fit-params that have a part in memory (`common/arg.cpp`), by every name they have. */
export const shapingOptions: ReadonlyMap<string, ShapingOption> = new Map([
  ...modelOptions,
  ...valued(
    '-mu --model-url -dr --docker-repo',
    text((draft, value) => (draft.model = { kind: 'elsewhere', value })),
  ),
  ...valued(
    '-c --ctx-size',
    whole(0, (draft, value) => (draft.context = value === 0 ? null : value)),
  ),
  ...valued(
    '--kv-unified-per-slot',
    whole(1, (draft, value) => (draft.contextPerSlot = value)),
  ),
  ...valued('-np --parallel', readSequences),
  ...plain('-kvu --kv-unified', (draft) => setUnified(draft, true)),
  ...plain('-no-kvu --no-kv-unified', (draft) => setUnified(draft, false)),
  ...valued(
    '-b --batch-size',
    whole(1, (draft, value) => (draft.batch = value)),
  ),
  ...valued(
    '-ub --ubatch-size',
    whole(0, (draft, value) => (draft.microBatch = value)),
  ),
  ...valued('-fa --flash-attn', readFlashAttention),
  ...valued(
    '-ctk --cache-type-k',
    cacheType((draft, type) => (draft.keyType = type)),
  ),
  ...valued(
    '-ctv --cache-type-v',
    cacheType((draft, type) => (draft.valueType = type)),
  ),
  ...valued(
    '-ngl --gpu-layers --n-gpu-layers',
    layers((draft, value) => (draft.gpuLayers = value)),
  ),
  ...plain('-cmoe --cpu-moe', (draft) => (draft.cpuMoeLayers = EVERY_LAYER)),
  ...valued(
    '-ncmoe --n-cpu-moe',
    whole(0, (draft, value) => (draft.cpuMoeLayers = expertLayers(draft.cpuMoeLayers, value))),
  ),
  ...valued(
    '-ncffn --n-cpu-ffn',
    whole(0, (draft, value) => draft.overrides.push(...denseOverrides(value))),
  ),
  ...valued('-ot --override-tensor', readOverrides),
  ...valued('-ts --tensor-split', readShares),
  ...valued(
    '-sm --split-mode',
    oneOf(['none', 'layer', 'row', 'tensor'], (draft, value) => (draft.splitMode = value)),
  ),
  ...valued(
    '-mg --main-gpu',
    whole(-(2 ** 31), (draft, value) => (draft.mainDevice = value)),
  ),
  ...valued('-dev --device', readDevices),
  ...plain('-kvo --kv-offload', (draft) => (draft.offloadCache = true)),
  ...plain('-nkvo --no-kv-offload', (draft) => (draft.offloadCache = false)),
  ...plain('--swa-full', (draft) => (draft.fullWindow = true)),
  ...plain('--repack', (draft) => (draft.repack = true)),
  ...plain('-nr --no-repack', (draft) => (draft.repack = false)),
  ...plain('--op-offload', (draft) => (draft.offloadOperations = true)),
  ...plain('--no-op-offload', (draft) => (draft.offloadOperations = false)),
  ...valued(
    '-lm --load-mode',
    oneOf(
      ['auto', 'none', 'mmap', 'mlock', 'mmap+mlock', 'dio'],
      (draft, value) => (draft.mapped = value === 'auto' || value === 'mmap'),
    ),
  ),
  ...valued(
    '-lzm --lazy-mode',
    oneOf(['on', 'auto', 'off'], () => undefined),
  ),
  ...plain('--no-mmap', (draft) => older(draft, '--no-mmap', '-lm none', () => (draft.mapped = false))),
  ...plain('--mmap', (draft) => older(draft, '--mmap', '-lm mmap', () => (draft.mapped = true))),
  ...plain('--mlock', (draft) => older(draft, '--mlock', '-lm mlock', () => (draft.mapped = false))),
  ...valued(
    '-t --threads',
    whole(-1, (draft, value) => (draft.threads = value > 0 ? value : null)),
  ),
  ...valued(
    '-tb --threads-batch',
    whole(-1, () => undefined),
  ),
  ...valued('-fit --fit', readFit),
  ...valued(
    '-cram --cache-ram',
    whole(-1, (draft, value) => (draft.promptCacheMib = value)),
  ),
  ...valued(
    '-ctxcp --ctx-checkpoints --swa-checkpoints',
    whole(0, (draft, value) => (draft.checkpoints = value)),
  ),
  ...companionOptions(),
]);

/** Those of them that only llama-server has. */
export const serverOnly: ReadonlySet<string> = new Set([
  '--kv-unified-per-slot',
  '-kvu',
  '--kv-unified',
  '-no-kvu',
  '--no-kv-unified',
  '-cram',
  '--cache-ram',
  '-ctxcp',
  '--ctx-checkpoints',
  '--swa-checkpoints',
  ...companionOptions()
    .map(([name]) => name)
    .filter((name) => !/^(-ct[kv]d|--cache-type-[kv]-draft|--spec-draft-type-[kv])$/u.test(name)),
]);

function setUnified(draft: ArgumentDraft, unified: boolean): void {
  draft.unified = unified;
  draft.unifiedGiven = true;
}

/** llama-server takes -1 for a number of its own. */
function readSequences(draft: ArgumentDraft, value: string): string | null {
  if (value === '-1' && draft.tool === 'llama-server') draft.sequences = -1;
  else if (/^\d+$/u.test(value) && Number(value) >= 1 && Number(value) <= MOST_SEQUENCES)
    draft.sequences = Number(value);
  else return `It wants a whole number from 1 to ${MOST_SEQUENCES}.`;
  return null;
}

/** LLAMA_MAX_SEQ (`src/llama-cparams.h`). */
const MOST_SEQUENCES = 256;

function readFlashAttention(draft: ArgumentDraft, value: string): string | null {
  const state = switchValue(value);
  if (state === null) return 'It wants on, off or auto.';
  draft.flashAttention = state === 'auto' ? 'auto' : state ? 'on' : 'off';
  return null;
}

function readFit(draft: ArgumentDraft, value: string): string | null {
  const state = switchValue(value);
  if (state === null || state === 'auto') return 'It wants on or off.';
  draft.fit = state;
  return null;
}

function readShares(draft: ArgumentDraft, value: string): string | null {
  const split = shares(value, MOST_SHARES);
  if (split === null) return `It wants numbers separated by commas, as in 3,1; at most ${MOST_SHARES}.`;
  draft.tensorSplit = split;
  return null;
}

/** The first pattern that matches a tensor wins, in the order of the line: experts that -ncmoe named before are settled. */
function readOverrides(draft: ArgumentDraft, value: string): string | null {
  const added: WrittenOverride[] = [];
  const wrong = overridePairs(value, /,/u, added);
  if (wrong !== null) return wrong;
  if (added.some(({ buffer }) => !/^cpu$/iu.test(buffer)))
    draft.overrides.push(...expertOverrides(draft.cpuMoeLayers));
  draft.overrides.push(...added);
  return draft.overrides.length > MOST_OVERRIDES ? tooManyOverrides : null;
}

/** One fewer than `llama_max_devices`, which `-ts` must stay below (`common/arg.cpp`). */
const MOST_SHARES = 15;

function readDevices(draft: ArgumentDraft, value: string): string | null {
  const names = deviceNames(value, ',');
  if (names === null) return 'It wants names separated by commas, each once, as in CUDA0,CUDA1, or none.';
  draft.devices = names;
  return null;
}

/** Spellings of older builds are understood, and named. */
function older(draft: ArgumentDraft, name: string, now: string, set: () => void): void {
  set();
  draft.findings.push(olderSpelling(name, now));
}

export function olderSpelling(name: string, now: string): Finding {
  return {
    severity: 'warning',
    code: 'older-option',
    path: null,
    message: `llama.cpp v0.5.0 has no ${name} any more and would not start with it.`,
    remedy: `Write ${now}.`,
  };
}
