import { kvTypes, type KvType } from '../core/plan/schema';
import type { OptionMeta } from './command';
import { numberFrom, positiveNumber, wholeNumber } from './option-values';

/** What of a plan's request can be said on the command line. */
export interface RequestOptions {
  readonly ctx?: number;
  readonly parallel?: number;
  readonly kv?: KvType;
  readonly floor?: number;
  readonly margin?: number;
  readonly reserve?: number;
  readonly ngl?: number;
  readonly ncmoe?: number;
  readonly threads?: number;
  readonly batch?: number;
  readonly ubatch?: number;
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
  { flags: '--kv <type>', description: 'type of the KV cache', choices: kvTypes },
  { flags: '--floor <tok/s>', description: 'refuse below this speed', parse: positiveNumber },
  { flags: '--margin <mib>', description: 'left free on each GPU', parse: numberFrom(0) },
  {
    flags: '--reserve <mib>',
    description: 'held back on every device for what else must run',
    parse: numberFrom(0),
  },
  { flags: '--ngl <layers>', description: 'layers on the GPUs', parse: wholeNumber(0, 1e6) },
  {
    flags: '--ncmoe <layers>',
    description: 'layers whose experts stay in host memory',
    parse: wholeNumber(0, 1e6),
  },
  { flags: '--threads <n>', description: 'CPU threads', parse: wholeNumber(1, 1024) },
  { flags: '--batch <tokens>', description: 'logical batch', parse: wholeNumber(1, 2 ** 20) },
  { flags: '--ubatch <tokens>', description: 'physical batch', parse: wholeNumber(1, 2 ** 20) },
  { flags: '--no-flash-attention', description: 'plan without flash attention' },
  { flags: '--allow-paging', description: 'let mapped weights exceed memory' },
];

/** The request that the options stand for. */
export function requestOf(options: RequestOptions) {
  return {
    context: options.ctx,
    parallel: options.parallel,
    kv_type_k: options.kv,
    kv_type_v: options.kv,
    floor_tok_s: options.floor,
    margin_mib: options.margin,
    reserve_mib: options.reserve,
    gpu_layers: options.ngl,
    cpu_moe_layers: options.ncmoe,
    threads: options.threads,
    batch: options.batch,
    micro_batch: options.ubatch,
    flash_attention: options.flashAttention,
    allow_paging: options.allowPaging,
  };
}
