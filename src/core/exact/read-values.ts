import { MOST_LAYERS } from '../model/most-layers';
import { type KvType, kvTypes } from '../plan/schema';
import { type ArgumentDraft, EVERY_LAYER, type GpuLayers, type WrittenOverride } from './arguments';

/** Sets what a value means; answers what is wrong with it, or null. */
export type ReadValue = (draft: ArgumentDraft, value: string) => string | null;

/** Largest number that llama.cpp's parser takes (`std::stoi`). */
const MOST = 2 ** 31 - 1;

/** A whole number from `least` on. */
export function whole(least: number, set: (draft: ArgumentDraft, value: number) => void): ReadValue {
  return (draft, value) => {
    const number = /^-?\d+$/u.test(value) ? Number(value) : Number.NaN;
    if (number > MOST) return `It wants a whole number of at most ${MOST}.`;
    if (!(number >= least)) return `It wants a whole number from ${least} on.`;
    set(draft, number);
    return null;
  };
}

/** Any text but none. */
export function text(set: (draft: ArgumentDraft, value: string) => void): ReadValue {
  return (draft, value) => {
    if (value === '') return 'It wants a name.';
    set(draft, value);
    return null;
  };
}

/** One of a few words. */
export function oneOf<Word extends string>(
  words: readonly Word[],
  set: (draft: ArgumentDraft, value: Word) => void,
): ReadValue {
  return (draft, value) => {
    const found = words.find((word) => word === value);
    if (found === undefined) return `It wants one of ${words.join(', ')}.`;
    set(draft, found);
    return null;
  };
}

export function cacheType(set: (draft: ArgumentDraft, type: KvType) => void): ReadValue {
  return oneOf(kvTypes, set);
}

/** `on`, `off` and what llama.cpp takes for them (`common_arg_utils`); null for `auto` where that may be said. */
export function switchValue(value: string): boolean | 'auto' | null {
  if (['on', 'enabled', 'true', '1'].includes(value)) return true;
  if (['off', 'disabled', 'false', '0'].includes(value)) return false;
  return value === 'auto' || value === '-1' ? 'auto' : null;
}

/** `-ngl`: a number, `auto` or `all`; llama.cpp takes a number below zero for all. */
export function layers(set: (draft: ArgumentDraft, layers: GpuLayers) => void): ReadValue {
  return (draft, value) => {
    if (value === 'auto' || value === '-1') set(draft, 'auto');
    else if (value === 'all' || /^-\d+$/u.test(value)) set(draft, 'all');
    else return whole(0, set)(draft, value);
    return null;
  };
}

/** Shares for each device, separated by commas or slashes; null where they are none, or more than `most`. */
export function shares(value: string, most: number): readonly number[] | null {
  const parts = value.split(/[,/;]+/u);
  const numbers = parts.map((part) => (/^\d*\.?\d+(e[+-]?\d+)?$/iu.test(part) ? Number(part) : Number.NaN));
  return numbers.every((number) => Number.isFinite(number)) && numbers.length <= most ? numbers : null;
}

/** Names of devices, each once; `none` is an empty list. */
export function deviceNames(value: string, separator: string): readonly string[] | null {
  if (value === 'none') return [];
  const parts = value.split(separator);
  const distinct = new Set(parts.map((part) => part.toLowerCase())).size === parts.length;
  return !distinct || parts.includes('') || parts.includes('none') ? null : parts;
}

/** llama.cpp's own bound of `-ot` entries (`llama_max_tensor_buft_overrides`). */
export const MOST_OVERRIDES = 4096;
export const tooManyOverrides = `llama.cpp takes no more than ${MOST_OVERRIDES} overrides.`;
const LONGEST_PATTERN = 1000;

/** `PATTERN=BUFFER` pairs, added in order. */
export function overridePairs(value: string, separators: RegExp, into: WrittenOverride[]): string | null {
  for (const pair of value.split(separators)) {
    const at = pair.indexOf('=');
    if (at < 0) return 'It wants PATTERN=BUFFER, as in blk\\.0\\.ffn_.*=CPU.';
    const pattern = pair.slice(0, at);
    const wrong = wrongPattern(pattern);
    if (wrong !== null) return wrong;
    if (into.length === MOST_OVERRIDES) return tooManyOverrides;
    into.push({ pattern, buffer: pair.slice(at + 1) });
  }
  return null;
}

function wrongPattern(pattern: string): string | null {
  if (pattern.length > LONGEST_PATTERN)
    return `A pattern of more than ${LONGEST_PATTERN} characters is not followed.`;
  // A repetition of a repetition can take longer than anybody waits.
  if (/[+*}]\??\)(?:[+*]|\{\d)/u.test(pattern))
    return `The pattern ${pattern} repeats a repetition, which is not followed.`;
  return patternOf(pattern) === null ? `The pattern ${pattern} is not a regular expression.` : null;
}

/** The pattern as llama.cpp reads it: C++'s default grammar is JavaScript's, without its `u` flag. Null where it is none. */
export function patternOf(pattern: string): RegExp | null {
  try {
    // oxlint-disable-next-line require-unicode-regexp -- C++'s std::regex knows no Unicode mode
    return new RegExp(pattern);
  } catch {
    return null;
  }
}

/** The pattern of the first `count` blocks' dense feed-forward weights (`common/common.h: LLM_FFN_DENSE_REGEX`). */
export function denseOverrides(count: number): readonly WrittenOverride[] {
  return Array.from({ length: Math.min(count, MOST_OVERRIDES) }, (_, layer) => ({
    pattern: String.raw`blk\.${layer}\.ffn_(up|down|gate)\.`,
    buffer: 'CPU',
  }));
}

const EXPERTS = String.raw`\.ffn_(up|down|gate|gate_up)_(ch|)exps`;

/** `-ncmoe N` and `-cmoe` as the patterns that they are (`common/common.h: LLM_FFN_EXPS_REGEX`). */
export function expertOverrides(count: number): readonly WrittenOverride[] {
  if (count > MOST_LAYERS) return [{ pattern: EXPERTS, buffer: 'CPU' }];
  return Array.from({ length: count }, (_, block) => ({
    pattern: String.raw`blk\.${block}` + EXPERTS,
    buffer: 'CPU',
  }));
}

/** `-ncmoe N`: the largest of several counts, as their patterns add up. */
export function expertLayers(before: number, count: number): number {
  return Math.min(EVERY_LAYER, Math.max(before, count));
}
