import type { Plan } from '../core/plan/schema';
import type { EmbeddedQuestion } from '../core/runtime/embedded-messages';
import { parseServerLog } from '../core/receipt/server-log';
import { embeddedModule } from '../host/embedded/embedded-folder';
import { runEmbedded } from '../host/embedded/run-embedded';
import { findProgram } from '../host/find-program';
import type { RunPlan } from '../host/run/run-plan';
import { RuntimeError } from '../host/run/runtime-error';
import type { Watchdog } from '../host/run/watchdog';
import type { PickedRuntime } from './pick-runtime';
import { contextOf, progressOf, runPlanOf, type Outcome, type TrialQuestion } from './trial-question';

const COMPUTE =
  'The embedded runtime reserves outputs for every token of a micro-batch, so its compute buffers are not compared with the plan’s.';

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
  const runPlan = runPlanOf(question, contextOf(plan));
  const asked = questionOf(plan, runPlan, model.path, runtime);
  const result = await runEmbedded({
    node: await findNode(),
    runner: embeddedRunner,
    question: asked,
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
      env: {},
      splitMode: null,
      context: result.context,
    },
    log: parseServerLog(result.log),
    method: 'node-llama-cpp: time between the first and the last token, memory from llama.cpp’s log',
    notes: [...(reason === null ? [] : [reason]), COMPUTE, ...result.notes],
    speeds: result.speeds,
  };
}

function questionOf(
  { placement, request, commands }: Plan,
  { prompt, generate, repetitions, depth, depthTimeMs }: RunPlan,
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
    batch: request.micro_batch,
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
  };
}

/** This very Node; in the desktop app, whose own is older than the runtime needs, one on PATH. */
async function findNode(): Promise<string> {
  if (process.versions['electron'] === undefined) return process.execPath;
  const found = await findProgram('node');
  if (found !== null) return found;
  throw new RuntimeError('missing', 'Node, which the embedded runtime runs in,');
}
