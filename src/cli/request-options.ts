import { InvalidArgumentError } from 'commander';
import { automaticKvTypes, kvTypes, type KvType, type Objective, objectives } from '../core/plan/schema';
import { MOST_MIB } from '../core/plan/request-schema';
import type { OptionMeta } from './command';
import {
  readBudgets,
  readDevices,
  readOverrides,
  readReserves,
  readShares,
  type ReserveOption,
} from './memory-options';
import { collect, numberFrom, positiveNumber, wholeNumber } from './option-values';
import { reservedBy } from './reserved-by';

/** What of a plan's request can be said on the command line. */
export interface RequestOptions {
  /** Other names than that of the embedded runtime change nothing. */
  readonly runtime?: string;
  readonly ctx?: number;
  readonly parallel?: number;
  readonly kv?: KvType | 'auto';
  readonly objective?: Objective;
  readonly promptTokens?: number;
  readonly answerTokens?: number;
  readonly device?: readonly string[];
  readonly tensorSplit?: readonly number[];
  readonly splitMode?: 'none' | 'layer' | 'row';
  readonly overrideTensor?: readonly { readonly pattern: string; readonly device: string }[];
  readonly kvOffload?: boolean;
  readonly headroom?: number;
  readonly budget?: Readonly<Record<string, number>>;
  readonly reservePlan?: readonly string[];
  readonly floor?: number;
  readonly margin?: number;
  readonly reserve?: readonly ReserveOption[];
  readonly ngl?: number;
  readonly ncmoe?: number;
  readonly threads?: number;
  readonly batch?: number;
  readonly ubatch?: number | 'auto';
  readonly flashAttention: boolean;
  readonly allowPaging?: boolean;
}

export const requestOptions: readonly OptionMeta[] = [
  {
    flags: '--ctx <tokens>',
    description: 'context; default: 8192 or what it was trained for',
    parse: wholeNumber(1, 2 ** 31 - 1),
  },
  {
    flags: '--parallel <n>',
    description: 'sequences that share the context',
    parse: wholeNumber(1, 256),
  },
  {
    flags: '--kv <type>',
    description: 'type of the KV cache; auto: f16, or a coarser one that helps much',
    choices: [...kvTypes, 'auto'],
  },
  { flags: '--floor <tok/s>', description: 'refuse below this speed', parse: positiveNumber },
  { flags: '--margin <mib>', description: 'left free on each GPU', parse: numberFrom(0, MOST_MIB) },
  { flags: '--headroom <mib>', description: 'left free on the host', parse: numberFrom(0, MOST_MIB) },
  {
    flags: '--budget <device=size>',
    description: 'most to use of a device, in place of what is free: gpu0=10GiB, host=32GiB',
    parse: readBudgets,
  },
  {
    flags: '--reserve <size>',
    description: 'held back for what else must run: 512 (MiB, everywhere), gpu0=2GiB, host=8GiB or desktop',
    parse: readReserves,
  },
  {
    flags: '--reserve-plan <file>',
    description: 'held back for another model: its plan or receipt as JSON; may be given again',
    parse: collect,
  },
  {
    flags: '--objective <name>',
    description: 'what to be best at; default: fastest-decode',
    choices: objectives,
  },
  {
    flags: '--prompt-tokens <n>',
    description: 'prompt of a turn, for shortest-turn; default: 2048',
    parse: wholeNumber(1, 2 ** 31 - 1),
  },
  {
    flags: '--answer-tokens <n>',
    description: 'answer of a turn, for shortest-turn; default: 512',
    parse: wholeNumber(1, 2 ** 31 - 1),
  },
  {
    flags: '--device <names>',
    description: 'GPUs to use, in this order: gpu0,gpu1, or none; default: those that help',
    parse: readDevices,
  },
  {
    flags: '--tensor-split <shares>',
    description: 'shares of the layers by device, as in 3,1',
    parse: readShares,
  },
  {
    flags: '--split-mode <mode>',
    description: 'how several GPUs share a model',
    choices: ['none', 'layer', 'row'],
  },
  {
    flags: '--override-tensor <pattern=device>',
    description: 'keep tensors of these names on host or on a GPU; may be given again',
    parse: readOverrides,
  },
  { flags: '--kv-offload', description: 'the KV cache where its layers are' },
  { flags: '--no-kv-offload', description: 'the KV cache on the host; default: as it helps' },
  { flags: '--ngl <layers>', description: 'layers on the GPUs', parse: wholeNumber(0, 1e6) },
  {
    flags: '--ncmoe <layers>',
    description: 'layers whose experts stay in host memory',
    parse: wholeNumber(0, 1e6),
  },
  { flags: '--threads <n>', description: 'CPU threads', parse: wholeNumber(1, 1024) },
  { flags: '--batch <tokens>', description: 'logical batch', parse: wholeNumber(1, 2 ** 20) },
  { flags: '--ubatch <tokens>', description: 'physical batch, or auto', parse: microBatch },
  { flags: '--no-flash-attention', description: 'plan without flash attention' },
  { flags: '--allow-paging', description: 'let mapped weights exceed memory' },
];

function microBatch(text: string): number | 'auto' {
  if (text === 'auto') return 'auto';
  const value = wholeNumber(1, 2 ** 20);
  try {
    return value(text);
  } catch {
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${2 ** 20}, or auto.`);
  }
}

/** The request that the options stand for, with the files that they name read. Throws ExpectedError. */
export async function requestFrom(options: RequestOptions) {
  const others = await Promise.all((options.reservePlan ?? []).map(reservedBy));
  const reserves = [...(options.reserve ?? []), ...others.flat()];
  const kv = options.kv === 'auto' ? undefined : options.kv;
  return {
    runtime: options.runtime === 'embedded' ? ('embedded' as const) : undefined,
    context: options.ctx,
    parallel: options.parallel,
    kv_type_k: kv,
    kv_type_v: kv,
    search_kv_types: options.kv === 'auto' ? [...automaticKvTypes] : undefined,
    floor_tok_s: options.floor,
    margin_mib: options.margin,
    host_headroom_mib: options.headroom,
    reserves,
    budgets_mib: options.budget,
    objective: options.objective,
    prompt_tokens: options.promptTokens,
    answer_tokens: options.answerTokens,
    devices: options.device === undefined ? undefined : [...options.device],
    tensor_split: options.tensorSplit === undefined ? undefined : [...options.tensorSplit],
    split_mode: options.splitMode,
    overrides: options.overrideTensor === undefined ? undefined : [...options.overrideTensor],
    offload_cache: options.kvOffload,
    gpu_layers: options.ngl,
    cpu_moe_layers: options.ncmoe,
    threads: options.threads,
    batch: options.batch,
    micro_batch: options.ubatch === 'auto' ? undefined : options.ubatch,
    search_micro_batch: options.ubatch === 'auto' ? true : undefined,
    flash_attention: options.flashAttention,
    allow_paging: options.allowPaging,
  };
}
