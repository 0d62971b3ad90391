import { indexOf } from '../plan/model-index';
import type { Model } from '../model/schema';
import { overflowPatterns, partialLayers } from './fit-placement';
import type { FitResult } from './fit-question';

/**
 * A result as llama-fit-params prints it: `-c -ngl -ts -ot`. `bufferNames` are the devices as llama.cpp calls their buffers;
 * null where it prints nothing.
 */
export function fitArguments(
  model: Model,
  result: FitResult,
  bufferNames: readonly string[],
): readonly string[] | null {
  if (result.kind === 'failed' || result.kind === 'unknown') return null;
  const { settings } = result;
  const shares = result.kind === 'changed' ? result.layers : null;
  const words = ['-c', String(settings.context), '-ngl', String(settings.gpuLayers)];
  const split = withoutLastZeros(settings.tensorSplit ?? []);
  if (split.length > 1) words.push('-ts', split.join(','));
  if (shares === null) return words;
  const overrides = partialLayers(indexOf(model).trunk, shares).map(({ layer, fraction, home }) => {
    const buffer = home === 'host' ? 'CPU' : bufferNames[home]!;
    return String.raw`blk\.${layer}${overflowPatterns[fraction]}=${buffer}`;
  });
  return overrides.length === 0 ? words : [...words, '-ot', overrides.join(',')];
}

/** It prints as many shares as there are up to the last that is not zero. */
function withoutLastZeros(shares: readonly number[]): readonly number[] {
  let length = shares.length;
  while (length > 0 && shares[length - 1] === 0) length--;
  return shares.slice(0, length);
}
