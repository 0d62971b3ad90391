import { ExpectedError } from '../contract/errors';
import type { RequestOptions } from './request-options';

interface Said extends RequestOptions {
  readonly gpu?: readonly string[];
  readonly catalog?: readonly string[];
  readonly exact?: string;
  readonly tool?: string;
  readonly export?: string;
  readonly out?: string;
}

/** What a line of exact arguments says itself, so that saying it beside them would be without effect. */
const saidByArguments = {
  runtime: '--runtime',
  ctx: '--ctx',
  parallel: '--parallel',
  kv: '--kv',
  objective: '--objective',
  promptTokens: '--prompt-tokens',
  answerTokens: '--answer-tokens',
  device: '--device',
  tensorSplit: '--tensor-split',
  splitMode: '--split-mode',
  overrideTensor: '--override-tensor',
  kvOffload: '--kv-offload',
  ngl: '--ngl',
  ncmoe: '--ncmoe',
  batch: '--batch',
  ubatch: '--ubatch',
} as const satisfies Partial<Record<keyof RequestOptions, string>>;

/** Throws ExpectedError for an option that would be without effect beside the others. */
export function refuseIdleOptions(options: Said): void {
  if (options.out !== undefined && options.export === undefined) throw needs('--out', '--export');
  if ((options.catalog ?? []).length > 0 && (options.gpu ?? []).length === 0)
    throw needs('--catalog', '--gpu');
  if (options.exact === undefined) {
    if (options.tool !== undefined) throw needs('--tool', '--exact');
    return;
  }
  const idle = Object.entries(saidByArguments).find(
    ([name]) => options[name as keyof typeof saidByArguments] !== undefined,
  )?.[1];
  const other = idle ?? (options.flashAttention ? null : '--no-flash-attention');
  if (other === null) return;
  throw new ExpectedError(
    'usage',
    `--exact does not go with ${other}.`,
    'Say it in the llama.cpp arguments themselves.',
  );
}

function needs(option: string, other: string): ExpectedError {
  return new ExpectedError(
    'usage',
    `${option} is without effect without ${other}.`,
    `Add ${other}, or leave ${option} out.`,
  );
}
