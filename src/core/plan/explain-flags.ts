import type { Model } from '../model/schema';
import { formatBytes, formatInteger } from '../report/format';
import type { Budgets } from './budgets';
import type { Companions } from './companions';
import { CHECKPOINTS } from './memory';
import { indexOf } from './model-index';
import { type Candidate, toMib } from './placement';
import type { ExplainedFlag, PlanRequest } from './schema';
import { modelFile } from './model-file';

/** The llama-server line, flag by flag, each with why it stands there; the one source of `commands` and `explained_flags`. */
export function serverFlags(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
  threads: number | null,
): readonly ExplainedFlag[] {
  const { settings, extras } = candidate;
  return [
    flag('-m', modelFile(model).path, 'The model.'),
    flag(
      '--fit',
      'off',
      'One complete, explicit plan: with `--fit` on, llama.cpp would change what is not set.',
    ),
    flag('-c', String(settings.context), contextReason(request, settings.context)),
    flag(
      '-np',
      String(settings.sequences),
      'Pinned, because llama-server would choose 4 sequences of its own.',
    ),
    ...(settings.sequences > 1
      ? [flag('-no-kvu', null, 'Each sequence has cells of its own, as counted here.')]
      : []),
    flag('-b', String(settings.batch), 'Tokens handed over at once.'),
    flag('-ub', String(settings.microBatch), 'Tokens computed at once; the compute buffers grow with it.'),
    flag(
      '-fa',
      settings.flashAttention ? 'on' : 'off',
      settings.flashAttention
        ? 'Attention without the large intermediate matrix.'
        : 'Switched off as asked; compute buffers are larger.',
    ),
    flag('-ctk', settings.keyType, 'Type of the K cache.'),
    flag('-ctv', settings.valueType, 'Type of the V cache.'),
    ...placementFlags(model, request, candidate, budgets),
    ...threadFlags(request, threads),
    flag('-lm', 'mmap', 'The file is mapped: pages are shared and loaded once.'),
    flag(
      '-cram',
      String(toMib(extras.promptCache)),
      'Bound of the prompt cache in MiB, counted in host memory; the default of 8192 is not.',
    ),
    flag('-ctxcp', String(CHECKPOINTS), 'Bound of the context checkpoints a slot, counted in host memory.'),
    ...(candidate.noRepack
      ? [flag('--no-repack', null, 'A repacked second copy of the weights would not fit in host memory.')]
      : []),
  ];
}

/** What is loaded beside the model. */
export function companionFlags({ projector, draft }: Companions): readonly ExplainedFlag[] {
  return [
    ...(projector === null ? [] : [flag('--mmproj', projector.path, 'The image projector.')]),
    ...(draft === null
      ? []
      : [
          flag('-md', modelFile(draft).path, 'A smaller model that drafts tokens.'),
          flag('-ngld', 'all', 'All of its layers where the model itself is.'),
        ]),
  ];
}

function contextReason(request: PlanRequest, context: number): string {
  return request.context === null
    ? `${formatInteger(context)} tokens, the default of this program where the model was trained for as many.`
    : `${formatInteger(context)} tokens, as asked.`;
}

function placementFlags(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
): readonly ExplainedFlag[] {
  const { settings } = candidate;
  const index = indexOf(model);
  const flags = [
    flag('-ngl', String(settings.gpuLayers), layersReason(request, candidate, budgets, index.layers)),
  ];
  if (settings.device && index.expertLayers > 0) {
    const why =
      request.cpu_moe_layers === null
        ? 'The fewest layers whose experts must stay in host memory.'
        : 'Layers whose experts stay in host memory, as asked.';
    flags.push(flag('-ncmoe', String(settings.cpuMoeLayers), why));
  }
  const device = deviceName(candidate, budgets);
  if (device !== null) flags.push(device);
  return flags;
}

function layersReason(request: PlanRequest, candidate: Candidate, budgets: Budgets, layers: number): string {
  const { settings, rows } = candidate;
  if (budgets.gpu === null) return 'No GPU to put layers on.';
  if (!settings.device) return 'The GPU is too small to help.';
  if (request.gpu_layers !== null) return 'Layers on the GPU, as asked.';
  if (settings.gpuLayers > layers) return 'Every layer and the output on the GPU.';
  const budget = rows[0]?.budget_bytes ?? null;
  return `As many of ${layers + 1} as fit in the ${formatBytes(budget)} that the GPU has to give.`;
}

/** Which device, where there is a choice. llama.cpp numbers CUDA devices in the order the environment asks for. */
function deviceName(candidate: Candidate, budgets: Budgets): ExplainedFlag | null {
  const { gpu } = budgets;
  if (!candidate.settings.device) {
    const needed = gpu !== null || budgets.gpusUnknown;
    return needed ? flag('-dev', 'none', 'Runs on the CPU alone, as counted here.') : null;
  }
  if (gpu === null || gpu.others === 0) return null;
  if (gpu.gpu.vendor !== 'nvidia' && gpu.gpu.vendor !== null) {
    return flag('-mg', String(gpu.ordinal), 'The GPU with the most free memory.');
  }
  return flag('-dev', `CUDA${gpu.ordinal}`, 'The GPU with the most free memory.');
}

function threadFlags(request: PlanRequest, threads: number | null): readonly ExplainedFlag[] {
  if (threads === null) return [];
  const why = request.threads === null ? 'One thread a physical core.' : 'As asked.';
  return [flag('-t', String(threads), why), flag('-tb', String(threads), `The same for prompts. ${why}`)];
}

function flag(name: string, value: string | null, reason: string): ExplainedFlag {
  return { flag: name, value, reason };
}
