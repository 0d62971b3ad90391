import { kvTypes, type KvType } from '../../core/plan/schema';
import { planMarkdown } from '../../core/report/plan-markdown';
import { planText } from '../../core/report/plan-text';
import type { CliCommand } from '../command';
import { statusOfVerdict } from '../exit-status';
import { numberFrom, positiveNumber, wholeNumber } from '../option-values';
import { profileFrom } from '../profile-file';
import { referenceArgument } from './model';

interface PlanOptions {
  readonly profile?: string;
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
  readonly format: 'text' | 'json' | 'markdown';
}

export const plan: CliCommand<PlanOptions> = {
  meta: {
    name: 'plan',
    summary: 'Say ship or refuse for a model, with flags, memory and forecast.',
    argument: referenceArgument,
    options: [
      { flags: '--profile <file>', description: 'machine to plan for; default: this one, as measured' },
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
      {
        flags: '--format <format>',
        description: 'how to print it',
        choices: ['text', 'json', 'markdown'],
        default: 'text',
      },
    ],
  },
  async handler({ call, terminal, json }, options, reference) {
    const profile = options.profile === undefined ? null : await profileFrom(options.profile);
    const answer = await call('plan.make', { reference, profile, request: requestOf(options) });
    switch (json ? 'json' : options.format) {
      case 'json':
        terminal.printRaw(`${JSON.stringify(answer, null, 2)}\n`);
        break;
      case 'markdown':
        terminal.printRaw(planMarkdown(answer));
        break;
      case 'text':
        terminal.print(planText(answer, terminal));
        break;
    }
    return statusOfVerdict(answer.verdict);
  },
};

function requestOf(options: PlanOptions) {
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
