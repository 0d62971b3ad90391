import type { Model } from '../model/schema';
import { formatInteger } from '../report/format';
import type { Budgets } from './budgets';
import type { Companions } from './companions';
import { CHECKPOINTS } from './memory';
import { type Candidate, toMib } from './placement';
import type { ExplainedFlag, PlanRequest } from './schema';
import { draftTypeOf } from './draft-type';
import { modelFile } from './model-file';
import { placementFlags } from './placement-flags';

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
    flag('-ctxcp', String(extras.checkpointCount), checkpointReason(extras.checkpointCount)),
    ...(candidate.noRepack
      ? [flag('--no-repack', null, 'A repacked second copy of the weights would not fit in host memory.')]
      : []),
  ];
}

function checkpointReason(count: number): string {
  if (count === CHECKPOINTS) return 'Bound of the context checkpoints a slot, counted in host memory.';
  return `Context checkpoints a slot: ${CHECKPOINTS} would not fit in host memory. With fewer, a changed prompt is read anew more often.`;
}

/** What is loaded beside the model. */
export function companionFlags({ projector, draft }: Companions): readonly ExplainedFlag[] {
  return [
    ...(projector === null ? [] : [flag('--mmproj', projector.path, 'The image projector.')]),
    ...(draft === null
      ? []
      : [
          flag('-md', modelFile(draft).path, 'A smaller model that drafts tokens.'),
          flag(
            '--spec-type',
            draftTypeOf(draft),
            'Without it llama-server loads the draft model and drafts nothing.',
          ),
          flag('-ngld', 'all', 'All of its layers where the model itself is.'),
        ]),
  ];
}

function contextReason(request: PlanRequest, context: number): string {
  return request.context === null
    ? `${formatInteger(context)} tokens, the default of this program where the model was trained for as many.`
    : `${formatInteger(context)} tokens, as asked.`;
}

function threadFlags(request: PlanRequest, threads: number | null): readonly ExplainedFlag[] {
  if (threads === null) return [];
  const why = request.threads === null ? 'One thread a physical core.' : 'As asked.';
  return [flag('-t', String(threads), why), flag('-tb', String(threads), `The same for prompts. ${why}`)];
}

function flag(name: string, value: string | null, reason: string): ExplainedFlag {
  return { flag: name, value, reason };
}
