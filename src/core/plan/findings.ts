import { CATALOG_METHOD } from '../catalog/gpus/profile-with-gpus';
import { finding, type Finding } from '../finding';
import type { Model } from '../model/schema';
import { EMBEDDED_PACKAGE, EMBEDDED_VERSION } from '../runtime/embedded-packages';
import { describePointer } from '../report/figure-specs';
import { formatInteger } from '../report/format';
import type { Budgets } from './budgets';
import { deviceFindings } from './device-findings';
import { modelFile } from './model-file';
import { contextOfEach } from './verdict';
import { indexOf } from './model-index';
import { CHECKPOINTS } from './memory';
import type { Candidate } from './placement';
import type { PlanRequest, Speed, Verdict } from './schema';
import type { Paging } from './speed/paging';

/** What a plan came to, as far as it is worth a word. */
export interface Outcome {
  readonly model: Model;
  readonly request: PlanRequest;
  readonly candidate: Candidate;
  readonly budgets: Budgets;
  readonly decode: Speed;
  readonly verdict: Verdict;
  readonly paging: Paging | null;
}

/** Everything worth telling beside the verdict's own reasons. */
export function findingsOf(outcome: Outcome): readonly Finding[] {
  return [
    ...runtimeFindings(outcome),
    ...cardFindings(outcome),
    ...modelFindings(outcome),
    ...choiceFindings(outcome),
    ...deviceFindings(outcome.model, outcome.request, outcome.candidate, outcome.budgets),
    ...cacheFindings(outcome),
    ...speedFindings(outcome),
  ];
}

/** What the plan is of, where it is not of its own llama-server line. */
function runtimeFindings({ request }: Outcome): readonly Finding[] {
  if (request.runtime === 'llama-server') return [];
  return [
    finding(
      'info',
      'embedded-runtime',
      `Memory and speed are those of the embedded runtime (${EMBEDDED_PACKAGE} ${EMBEDDED_VERSION}, which is llama.cpp v0.5.0). llama-server with these flags puts the weights in the same places, and has smaller compute buffers.`,
      'Run it with `plimsoll trial … --runtime embedded`.',
    ),
  ];
}

/** Cards that nobody measured. */
function cardFindings({ budgets }: Outcome): readonly Finding[] {
  const cards = [...budgets.devices, ...budgets.leftOut].filter(
    ({ gpu }) => gpu.vram_source === CATALOG_METHOD,
  );
  if (cards.length === 0) return [];
  const names = [...new Set(cards.map(({ gpu }) => gpu.name ?? 'a card'))].join(', ');
  return [
    finding(
      'info',
      'assumed-cards',
      `Planned for cards of the catalog (${names}): their makers' figures are assumed, all of their memory counts as free, and nothing of them was measured.`,
      null,
    ),
  ];
}

function modelFindings({ model, candidate }: Outcome): readonly Finding[] {
  const findings: Finding[] = model.findings.filter(({ severity }) => severity === 'error');
  const { settings } = candidate;
  const capped = settings.tool === 'llama-server';
  if (model.context_trained !== null && contextOfEach(settings) > model.context_trained) {
    findings.push(
      finding(
        'warning',
        'context-beyond-trained',
        `The model was trained for ${formatInteger(model.context_trained)} tokens; ${capped ? 'llama-server gives a conversation no more, whatever memory its cache has' : 'beyond them its answers get worse'}.`,
        'Ask for no more than it was trained for.',
      ),
    );
  }
  const file = modelFile(model);
  if (!file.here) {
    findings.push(
      finding(
        'info',
        'model-not-here',
        `The model's file is not on this machine; the commands name it ${file.path}.`,
        'Download it, or give the path of your file.',
      ),
    );
  }
  if (candidate.parts.computeBasis === 'bound') {
    findings.push(
      finding(
        'info',
        'compute-bounded',
        'The compute buffers are an upper bound: this architecture is not followed step by step.',
        null,
      ),
    );
  }
  return findings;
}

/** What was asked for of the placement and cannot be had here; exact arguments say themselves what they leave unread. */
function choiceFindings({ model, request, candidate, budgets }: Outcome): readonly Finding[] {
  const layers = request.gpu_layers ?? 0;
  const expertLayers = request.cpu_moe_layers ?? 0;
  const noGpu = budgets.devices.length === 0 && !budgets.gpusUnknown && !candidate.settings.device;
  const sentences = [
    ...(layers > 0 && noGpu
      ? [`${formatInteger(layers)} layers were asked for on GPUs, and there is none to put them on.`]
      : []),
    ...(expertLayers > 0 && indexOf(model).expertLayers === 0
      ? [
          `Experts of ${formatInteger(expertLayers)} layers were asked for in host memory, and this model has none.`,
        ]
      : []),
    ...(request.tensor_split !== null && request.gpu_layers === 0
      ? ['Shares of the layers were asked for by GPU, and no layer on any of them.']
      : []),
  ];
  return sentences.map((message) =>
    finding('info', 'choice-without-effect', message, 'Leave it out, or correct what stands against it.'),
  );
}

/** See below; an f32 cache is read as f16 is. */
const hasKernel: ReadonlySet<string> = new Set(['f32', 'f16', 'bf16', 'q8_0', 'q4_0']);

/** CUDA builds have vector kernels for equal types of f16, bf16, q8_0 and q4_0 alone (`ggml/CMakeLists.txt: GGML_CUDA_FA_QUANTS`). */
function cacheFindings({ candidate }: Outcome): readonly Finding[] {
  const { keyType, valueType, device, flashAttention } = candidate.settings;
  if (!device || !flashAttention || (keyType === valueType && hasKernel.has(keyType))) return [];
  return [
    finding(
      'warning',
      'mixed-cache-types',
      `Few CUDA builds of llama.cpp have a kernel for a K cache of ${keyType} with a V cache of ${valueType}; others turn both into f16 for every token, which is slow.`,
      'Give both caches the same type: f16, bf16, q8_0 or q4_0.',
    ),
  ];
}

/** What a plan gives up for room on the host. Where the user's own arguments are judged, they are as they are. */
export function checkpointFindings(candidate: Candidate): readonly Finding[] {
  const { checkpointCount } = candidate.extras;
  if (checkpointCount === CHECKPOINTS) return [];
  const cost =
    checkpointCount === 0
      ? 'whatever a prompt changes of what came before, all of it is read anew'
      : 'a prompt that changes what came before is more often read anew from its start';
  return [
    finding(
      'info',
      'fewer-checkpoints',
      `Host memory has room for ${checkpointCount} of ${CHECKPOINTS} context checkpoints a slot (-ctxcp). This model goes back in a conversation only to a checkpoint: ${cost}.`,
      'Free host memory, or ask for fewer sequences: each keeps checkpoints of its own.',
    ),
  ];
}

function speedFindings({ decode, verdict, paging }: Outcome): readonly Finding[] {
  const findings: Finding[] = [];
  if (paging !== null) {
    const share = Math.max(1, Math.round(paging.share * 100));
    findings.push(
      finding(
        'warning',
        'paging',
        `${share} % of the weights on the host do not fit and would be read from the disk for every token.`,
        null,
      ),
    );
  }
  if (decode.forecast_tok_s === null && verdict === 'ship') {
    findings.push(
      finding(
        'warning',
        'speed-unknown',
        `How fast it would run is not known; missing: ${decode.missing.map(describePointer).join(', ')}.`,
        'Run `plimsoll probe`, or `plimsoll trial` to measure the speed itself.',
      ),
    );
  }
  return findings;
}
