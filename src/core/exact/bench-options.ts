import type { ArgumentDraft } from './arguments';
import {
  denseOverrides,
  deviceNames,
  expertLayers,
  overridePairs,
  type ReadValue,
  shares,
  switchValue,
} from './read-values';
import { firstOf, flags, noteList, numbers, widestType } from './bench-values';
import { modelOptions } from './model-options';
import { olderSpelling } from './options';
import type { ShapingOption } from './shaping-option';

/** What llama-bench would run one after the other; each list as given, empty where it is not. */
export interface BenchLists {
  readonly prompts: number[];
  readonly generated: number[];
  /** Prompt and answer together (`-pg`). */
  readonly turns: number[];
  readonly depths: number[];
  readonly batches: number[];
  readonly microBatches: number[];
}

export function emptyLists(): BenchLists {
  return { prompts: [], generated: [], turns: [], depths: [], batches: [], microBatches: [] };
}

/** llama-bench's defaults: 512 tokens of prompt, 128 generated. */
const DEFAULT_PROMPT = 512;
const DEFAULT_GENERATED = 128;

/**
 * Settles the lists: each test has a context of its own, of prompt or answer (or both, `-pg`) and depth; the longest and the
 * largest batches decide (`cmd_params_instance::to_llama_cparams`).
 */
export function settleLists(draft: ArgumentDraft, lists: BenchLists): void {
  const longest = Math.max(
    0,
    ...orDefault(lists.prompts, DEFAULT_PROMPT),
    ...orDefault(lists.generated, DEFAULT_GENERATED),
    ...lists.turns,
  );
  // -c is no option of llama-bench; where it was given all the same, it stands
  draft.context ??= longest + Math.max(0, ...lists.depths);
  draft.batch = Math.max(...orDefault(lists.batches, draft.batch));
  draft.microBatch = Math.max(...orDefault(lists.microBatches, draft.microBatch));
}

function orDefault(list: readonly number[], fallback: number): readonly number[] {
  return list.length === 0 ? [fallback] : list;
}

/** llama-bench's own options (`tools/llama-bench/llama-bench.cpp`) that have a part in memory; lists count as their largest. */
export function benchOptions(lists: BenchLists): ReadonlyMap<string, ShapingOption> {
  return new Map([
    ...modelOptions,
    ...valued(
      '-p --n-prompt',
      numbers((_, found) => lists.prompts.push(...found)),
    ),
    ...valued(
      '-n --n-gen',
      numbers((_, found) => lists.generated.push(...found)),
    ),
    ...valued('-pg', readTurn(lists)),
    ...valued(
      '-d --n-depth',
      numbers((_, found) => lists.depths.push(...found)),
    ),
    ...valued(
      '-b --batch-size',
      numbers((_, found) => lists.batches.push(...found)),
    ),
    ...valued(
      '-ub --ubatch-size',
      numbers((_, found) => lists.microBatches.push(...found)),
    ),
    ...valued(
      '-ctk --cache-type-k',
      widestType((draft, type) => (draft.keyType = type)),
    ),
    ...valued(
      '-ctv --cache-type-v',
      widestType((draft, type) => (draft.valueType = type)),
    ),
    ...valued('-ngl --n-gpu-layers', readLayers),
    ...valued(
      '-ncmoe --n-cpu-moe',
      numbers((draft, found) => (draft.cpuMoeLayers = expertLayers(0, Math.min(...found)))),
    ),
    ...valued(
      '-ncffn --n-cpu-ffn',
      numbers((draft, found) => draft.overrides.push(...denseOverrides(Math.min(...found)))),
    ),
    ...valued('-sm --split-mode', firstOf(readSplitMode)),
    ...valued(
      '-mg --main-gpu',
      numbers((draft, found) => (draft.mainDevice = found[0]!)),
    ),
    ...valued(
      '-nkvo --no-kv-offload',
      flags((draft, found) => (draft.offloadCache = found.includes(false))),
    ),
    ...valued(
      '-nopo --no-op-offload',
      flags((draft, found) => (draft.offloadOperations = found.includes(false))),
    ),
    ...valued('-fa --flash-attn', readFlashAttention),
    ...valued('-dev --device', firstOf(readDevices)),
    ...valued(
      '-lm --load-mode',
      firstOf((draft, value) => void (draft.mapped = value === 'auto' || value === 'mmap')),
    ),
    ...valued('-mmp --mmap', flags(readMapped)),
    ...valued('-lzm --lazy-mode', () => null),
    ...valued('-ts --tensor-split', firstOf(readShares)),
    ...valued(
      '-ot --override-tensor',
      firstOf((draft, value) => overridePairs(value, /;/u, draft.overrides)),
    ),
    ...valued(
      '-t --threads',
      numbers((draft, found) => (draft.threads = Math.max(...found))),
    ),
    ...valued('-fitt --fit-target -fitc --fit-ctx', (draft) => void (draft.fit = true)),
    ...valued(
      '--no-host',
      flags((draft, found) => found.includes(true) && draft.uncounted.push(noHost)),
    ),
    ...valued(
      '-embd --embeddings',
      flags((draft, found) => found.includes(true) && draft.uncounted.push(embeddings)),
    ),
  ]);
}

const noHost = { option: '--no-host', what: 'host weights outside the pinned buffer' };
const embeddings = { option: '-embd', what: 'the outputs of an embedding run' };

function valued(
  names: string,
  read: (draft: ArgumentDraft, value: string) => string | null | undefined | void,
): readonly (readonly [string, ShapingOption])[] {
  const option: ShapingOption = { values: 1, read: (draft, value) => read(draft, value) ?? null };
  return names.split(' ').map((name) => [name, option] as const);
}

function readTurn(lists: BenchLists): ReadValue {
  return (_, value) => {
    const match = /^(\d{1,9}),(\d{1,9})$/u.exec(value);
    if (match === null) return 'It wants two numbers, prompt and answer, as in 512,128.';
    lists.turns.push(Number(match[1]) + Number(match[2]));
    return null;
  };
}

function readLayers(draft: ArgumentDraft, value: string): string | null {
  if (value.startsWith('-')) {
    if (!/^-\d+$/u.test(value)) return 'It wants whole numbers separated by commas, or -1 for all.';
    draft.gpuLayers = 'all';
    return null;
  }
  return numbers((_, found) => (draft.gpuLayers = Math.max(...found)))(draft, value);
}

function readFlashAttention(draft: ArgumentDraft, value: string): string | null {
  const states = value.split(',').map(switchValue);
  if (states.includes(null)) return 'It wants on, off or auto.';
  if (states.length > 1) noteList(draft, value);
  draft.flashAttention = states.includes(false) ? 'off' : states.includes(true) ? 'on' : 'auto';
  return null;
}

function readMapped(draft: ArgumentDraft, found: readonly boolean[]): void {
  draft.mapped = !found.includes(false);
  draft.findings.push(olderSpelling('-mmp', draft.mapped ? '-lm mmap' : '-lm none'));
}

function readSplitMode(draft: ArgumentDraft, value: string): string | null {
  if (value !== 'none' && value !== 'layer' && value !== 'row' && value !== 'tensor') {
    return 'It wants none, layer, row or tensor.';
  }
  draft.splitMode = value;
  return null;
}

function readDevices(draft: ArgumentDraft, value: string): string | null {
  const names = value === 'auto' ? null : deviceNames(value, '/');
  if (names === null && value !== 'auto')
    return 'It wants names separated by slashes, as in CUDA0/CUDA1, or none.';
  draft.devices = names;
  return null;
}

/** `llama_max_devices`. */
const MOST_SHARES = 16;

function readShares(draft: ArgumentDraft, value: string): string | null {
  const split = shares(value, MOST_SHARES);
  if (split === null) return 'It wants numbers separated by slashes, as in 3/1; at most 16.';
  draft.tensorSplit = split;
  return null;
}
