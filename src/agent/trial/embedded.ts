import type { Plan } from '../../core/plan/schema';
import type { EmbeddedQuestion } from '../../core/runtime/embedded-messages';
import { parseServerLog } from '../../core/receipt/server-log';
import { embeddedModule } from '../../host/embedded/embedded-folder';
import { runEmbedded } from '../../host/embedded/run-embedded';
import { findProgram } from '../../host/find-program';
import type { RunPlan } from '../../host/run/run-plan';
import { RuntimeError } from '../../host/run/runtime-error';
import type { Watchdog } from '../../host/run/watchdog';
import type { PickedRuntime } from '../pick-runtime';
import { contextOf, progressOf, runPlanOf, type Outcome, type TrialQuestion } from './question';

type Picked = Extract<PickedRuntime, { kind: 'embedded' }>;

/** Runs a plan on the embedded runtime, in a Node process of its own. Throws RuntimeError. */
export async function runEmbeddedOf(
  question: TrialQuestion,
  { runtime, reason }: Picked,
  watchdog: Watchdog,
  signal: AbortSignal,
): Promise<Outcome> {
  const { plan, model, task, embeddedRunner } = question;
  if (model.path === null) throw new RuntimeError('not-expressible', 'there is no model file to run');
  const runPlan = runPlanOf(question, contextOf(question));
  const asked = questionOf(plan, runPlan, model.path, runtime);
  const card = cardOf(plan);
  const env = card === null ? {} : visibleAlone(card);
  const result = await runEmbedded({
    node: await findNode(),
    runner: embeddedRunner,
    question: asked,
    env,
    loadTimeMs: runPlan.loadTimeMs,
    signal,
    progress: progressOf(task),
    onProcess: (pid) => watchdog.watch(pid),
    beforeEnd: () => watchdog.look(),
  });
  return {
    runtime: {
      tool: 'node-llama-cpp',
      build: `${runtime.version}, llama.cpp ${result.release ?? 'of an unknown release'}`,
      backends: runtime.kind,
      argv: null,
      env,
      splitMode: null,
      context: result.context,
    },
    log: parseServerLog(card === null ? result.log : namedAsPlanned(result.log, card)),
    method: 'node-llama-cpp: time between the first and the last token, memory from llama.cpp’s log',
    notes: [...(reason === null ? [] : [reason]), ...result.notes],
    speeds: result.speeds,
  };
}

/** Which card the plan puts layers on, as its backend counts; null where it uses none, or none is named. */
function cardOf({ placement, commands }: Plan): number | null {
  const argv = commands.find(({ tool }) => tool === 'llama-server')?.argv ?? [];
  const place = /\d+$/.exec(argv[argv.indexOf('-dev') + 1] ?? '');
  return placement.gpu_layers === 0 || place === null ? null : Number(place[0]);
}

/** It takes every card that it sees, so it is shown one alone. */
function visibleAlone(card: number): Record<string, string> {
  const place = String(card);
  return {
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: place,
    GGML_VK_VISIBLE_DEVICES: place,
  };
}

/** The one card that it sees is its first. */
function namedAsPlanned(log: string, card: number): string {
  return log.replaceAll(/\b(CUDA|Vulkan)0\b/g, `$1${card}`);
}

function questionOf(
  { placement, request, commands }: Plan,
  { prompt, generate, repetitions, depth, depthTimeMs, vocabulary }: RunPlan,
  model: string,
  { kind, folder }: Picked['runtime'],
): EmbeddedQuestion {
  const argv = commands.find(({ tool }) => tool === 'llama-server')?.argv ?? [];
  const loadMode = argv[argv.indexOf('-lm') + 1];
  return {
    module: embeddedModule(folder),
    gpu: kind === 'cpu' ? false : kind,
    model,
    gpuLayers: placement.gpu_layers,
    context: placement.context,
    batch: Math.min(
      (request.search_micro_batch ? placement.micro_batch : null) ?? request.micro_batch,
      request.batch,
      placement.context,
    ),
    threads: placement.threads,
    flashAttention: request.flash_attention,
    mapped: !argv.includes('-lm') || loadMode === 'mmap' || loadMode === 'auto',
    keyType: request.kv_type_k,
    valueType: request.kv_type_v,
    fullWindow: argv.includes('--swa-full'),
    prompt,
    generate,
    repetitions,
    depth,
    depthTimeMs,
    vocabulary,
  };
}

/** This very Node; in the desktop app, whose own is older than the runtime needs, one on PATH. */
async function findNode(): Promise<string> {
  if (process.versions['electron'] === undefined) return process.execPath;
  const found = await findProgram('node');
  if (found !== null) return found;
  throw new RuntimeError('missing', 'Node, which the embedded runtime runs in,');
}
