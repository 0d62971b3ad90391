import { writeSync } from 'node:fs';
import { promptToken } from '../../core/receipt/prompt-token';
import type { EmbeddedMessage, EmbeddedQuestion } from '../../core/runtime/embedded-messages';
import type { EmbeddedLlama, EmbeddedModule, EmbeddedSequence } from './embedded-module';

/** A process of its own that loads node-llama-cpp from where it was installed, runs a model and says how fast it was. */

const STDOUT = 1;
const LINGER_MS = 60_000;
/** What loading logged is on its way for a moment; node-llama-cpp drops it where a context is begun meanwhile. */
const DRAIN_MS = 200;
/** Enough to fill caches and start threads. */
const WARM_UP_TOKENS = 8;

void main(JSON.parse(process.argv.at(-1)!) as EmbeddedQuestion);

async function main(question: EmbeddedQuestion): Promise<void> {
  let doing: 'start' | 'load' | 'run' = 'start';
  try {
    const llama = await start(question);
    doing = 'load';
    const sequence = await load(llama, question);
    doing = 'run';
    await measure(sequence, question);
    say({ kind: 'measured' });
    // Whoever watches reads the memory of this process, then ends it.
    setTimeout(() => process.exit(0), LINGER_MS);
  } catch (error) {
    say({ kind: 'failed', doing, message: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

/** Only what was installed is used: nothing is built, nothing is downloaded. */
async function start({ module, gpu }: EmbeddedQuestion): Promise<EmbeddedLlama> {
  const embedded = (await import(module)) as EmbeddedModule;
  return embedded.getLlama({
    gpu,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    logLevel: 'debug',
    logger: (_level, text) => {
      if (/buffer size|offloaded /.test(text)) say({ kind: 'log', text });
    },
  });
}

async function load(llama: EmbeddedLlama, question: EmbeddedQuestion): Promise<EmbeddedSequence> {
  const model = await llama.loadModel({
    modelPath: question.model,
    gpuLayers: question.gpuLayers,
    useMmap: question.mapped,
    ignoreMemorySafetyChecks: true,
    onLoadProgress: (fraction) =>
      say({ kind: 'step', step: 'load', label: 'Loading the model', fraction: fraction * 0.1 }),
  });
  await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
  const context = await model.createContext({
    contextSize: question.context,
    batchSize: question.batch,
    sequences: 1,
    flashAttention: question.flashAttention,
    swaFullCache: question.fullWindow,
    experimentalKvCacheKeyType: question.keyType.toUpperCase(),
    experimentalKvCacheValueType: question.valueType.toUpperCase(),
    ignoreMemorySafetyChecks: true,
    ...(question.threads === null ? {} : { threads: { ideal: question.threads, min: question.threads } }),
  });
  say({ kind: 'loaded', release: llama.llamaCppRelease.release, context: context.contextSize });
  return context.getSequence();
}

async function measure(sequence: EmbeddedSequence, question: EmbeddedQuestion): Promise<void> {
  const { prompt, generate, repetitions, vocabulary } = question;
  await write(sequence, WARM_UP_TOKENS, vocabulary);
  let prefill = 0;
  for (let turn = 0; turn < repetitions; turn += 1) {
    step('prefill', 'Measuring prefill', 0.1 + (0.2 * turn) / repetitions);
    await sequence.clearHistory();
    prefill = await read(sequence, prompt, { turn, vocabulary });
    speed('prefill', 0, prompt, prefill);
  }
  for (let turn = 0; turn < repetitions; turn += 1) {
    step('decode', 'Measuring decode', 0.3 + (0.3 * turn) / repetitions);
    await sequence.clearHistory();
    speed('decode', 0, generate, await write(sequence, generate, vocabulary));
  }
  await measureDeep(sequence, question, prefill);
}

async function measureDeep(
  sequence: EmbeddedSequence,
  { prompt, generate, repetitions, depth: wanted, depthTimeMs, vocabulary }: EmbeddedQuestion,
  prefill: number,
): Promise<void> {
  const depth = Math.min(wanted, Math.floor((prefill * depthTimeMs) / 1000));
  if (depth < wanted) note(`Depth ${depth} instead of ${wanted}: reading more would have taken too long.`);
  if (depth < 2 * prompt) return;
  step('depth', `Measuring with ${depth} tokens before`, 0.6);
  await sequence.clearHistory();
  await read(sequence, depth, { turn: 0, vocabulary });
  for (let turn = 0; turn < repetitions; turn += 1) {
    step('depth', `Measuring with ${depth} tokens before`, 0.7 + (0.3 * turn) / repetitions);
    speed('decode', depth, generate, await write(sequence, generate, vocabulary));
    await sequence.eraseContextTokenRanges([{ start: depth, end: sequence.nextTokenIndex }]);
  }
}

/** Reads so many tokens; tokens a second. */
async function read(
  sequence: EmbeddedSequence,
  count: number,
  { turn, vocabulary }: { readonly turn: number; readonly vocabulary: number | null },
): Promise<number> {
  const tokens = Array.from({ length: count }, (_, index) => promptToken(index + 31 * turn, vocabulary));
  const began = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(tokens);
  return (count * 1000) / (performance.now() - began);
}

/** Writes so many tokens after a first one; tokens a second between the first and the last. */
async function write(sequence: EmbeddedSequence, count: number, vocabulary: number | null): Promise<number> {
  let first: number | null = null;
  let last = 0;
  let written = -1;
  for await (const _ of sequence.evaluate([promptToken(0, vocabulary)], {
    temperature: 0,
    yieldEogToken: true,
  })) {
    last = performance.now();
    first ??= last;
    written += 1;
    if (written >= count) break;
  }
  return (written * 1000) / (last - (first ?? last));
}

function step(name: string, label: string, fraction: number): void {
  say({ kind: 'step', step: name, label, fraction });
}

function speed(phase: 'decode' | 'prefill', depth: number, tokens: number, rate: number): void {
  if (Number.isFinite(rate) && rate > 0) say({ kind: 'speed', phase, depth, tokens, tok_s: rate });
}

function note(text: string): void {
  say({ kind: 'note', text });
}

/** On a line of its own, whatever native code printed before. */
function say(message: EmbeddedMessage): void {
  writeSync(STDOUT, `\n${JSON.stringify(message)}\n`);
}
