import { indexOf } from '../plan/model-index';
import { devicesInUse, type Settings } from '../plan/settings';
import { fitContext } from './fit-context';
import { fillDense } from './fit-dense';
import { convertExperts } from './fit-experts';
import { measure, UnknownMemory } from './fit-memory';
import { type FitTask, overflowPatterns, settingsOfDivision } from './fit-placement';
import { FitFailure, type FitQuestion, type FitResult } from './fit-question';

/**
 * What `--fit` of llama.cpp v0.5.0 makes of arguments: its own steps (`common/fit.cpp: common_params_fit_impl`), with what is
 * planned in place of its dry runs.
 */
export function fitModel(question: FitQuestion): FitResult {
  try {
    return fitted(question);
  } catch (error) {
    if (error instanceof UnknownMemory) {
      return { kind: 'unknown', reason: 'What this model takes is not known, so --fit cannot be replayed.' };
    }
    throw error;
  }
}

function fitted(question: FitQuestion): FitResult {
  const { model, devices } = question;
  const layers = indexOf(model).trunk;
  const { done, settings } = fitContext(question, layers);
  if (done !== null)
    return done === 'unchanged' ? { kind: done, settings } : { kind: done, settings, layers: null };
  const refusal = whyNot(question);
  if (refusal !== null) return { kind: 'failed', settings, reason: refusal };
  const task: FitTask = {
    question,
    settings,
    layers,
    targets: devices.map(({ freeBytes, marginBytes }) => freeBytes - marginBytes),
  };
  const mixture = model.experts !== null;
  try {
    const spare = mixture ? spareWithoutExperts(question, settings, task.targets) : 0;
    const dense = fillDense(task, mixture);
    const division = spare > 0 ? convertExperts(task, dense) : dense;
    return { kind: 'changed', settings: settingsOfDivision(task, division.shares), layers: division.shares };
  } catch (error) {
    if (error instanceof FitFailure) return { kind: 'failed', settings, reason: error.message };
    throw error;
  }
}

/** What ends `--fit` before it places anything, in llama.cpp's own words. */
function whyNot({ devices, settings, given }: FitQuestion): string | null {
  if (devices.length === 0) return 'was unable to fit model into system memory by reducing context, abort';
  if (given.gpuLayers) return `n_gpu_layers already set by user to ${settings.gpuLayers}, abort`;
  if (devices.length > 1 && given.tensorSplit) return 'model_params::tensor_split already set by user, abort';
  if (devices.length > 1 && settings.splitMode === 'row') {
    return 'changing weight allocation for LLAMA_SPLIT_MODE_ROW not implemented, abort';
  }
  return given.overrides ? 'model_params::tensor_buft_overrides already set by user, abort' : null;
}

/** Bytes to spare over all devices with every expert in host memory; none or fewer: only dense layers are placed. */
function spareWithoutExperts(question: FitQuestion, settings: Settings, targets: readonly number[]): number {
  const pattern = new RegExp(String.raw`blk\.\d+${overflowPatterns['no-experts']}`, 'u');
  const rows = measure(question, { ...settings, overrides: [{ pattern, home: 'host' }] });
  return devicesInUse(settings).reduce((sum, _, home) => sum + targets[home]! - rows[home]!.total, 0);
}
