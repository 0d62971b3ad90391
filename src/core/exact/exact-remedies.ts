import type { Model } from '../model/schema';
import { isQuantised } from '../plan/kv-cache';
import { indexOf } from '../plan/model-index';
import { qualityOfCache } from '../plan/quality/cache';
import type { Quality } from '../plan/quality/schema';
import { qualityWords } from '../plan/quality/words';
import { quoteLine } from '../plan/quote';
import type { Remedy, Verdict } from '../plan/schema';
import { evenMicroBatch, isReservedAlone } from '../plan/stream-starts';
import { formatInteger } from '../report/format';
import type { ExactArguments } from './arguments';

/** A change of the arguments that might help. */
interface Change {
  readonly code: string;
  readonly message: string;
  readonly argv: readonly string[];
  readonly quality?: Quality | null;
}

const MOST = 5;
/** A context below this is of little use to anybody. */
const SMALLEST_CONTEXT = 512;

/**
 * Changes of the arguments that turn the refusal into ship, cheapest first, at most five; each was judged with `verdictOf`.
 * A remedy's request holds the changed line as `arguments`, quoted for a POSIX shell.
 */
export function exactRemedies(
  model: Model,
  given: ExactArguments,
  verdictOf: (argv: readonly string[]) => Verdict,
): readonly Remedy[] {
  const remedies: Remedy[] = [];
  const ships = (change: Change): boolean => verdictOf(change.argv) === 'ship';
  for (const found of [
    ...startable(model, given).filter(ships),
    serverCaches(given).find(ships),
    withoutRepacking(given).find(ships),
    fewestExperts(model, given, ships),
    mostLayers(model, given, ships),
    cacheTypes(given, given.argv).find(ships),
    contexts(model, given, given.argv).find(ships),
    sequences(given).find(ships),
    cacheTypes(given, given.argv)
      .flatMap(({ argv }) => contexts(model, given, argv))
      .find(ships),
  ]) {
    if (found === undefined || remedies.length === MOST) continue;
    const { code, message, argv, quality } = found;
    remedies.push({
      code,
      message,
      request: { arguments: quoteLine(argv, 'posix') },
      memory: [],
      quant: null,
      quality: quality ?? null,
      verdict: 'ship',
      decode_tok_s: null,
      decode_high_tok_s: null,
    });
  }
  return remedies;
}

/** What llama.cpp starts with where it does not with the arguments as they are. */
function startable(model: Model, given: ExactArguments): readonly Change[] {
  const { argv, draft } = given;
  const types = [given.keyType, given.valueType];
  const even = isReservedAlone(model) ? evenMicroBatch(given.microBatch, given.sequences) : null;
  const changes: (Change | null)[] = [
    given.flashAttention !== 'off'
      ? null
      : {
          code: 'flash-attention',
          message: 'Switch flash attention on: -fa on; it costs nothing.',
          argv: withOption(argv, flashAttention, 'on'),
        },
    given.batch >= given.sequences
      ? null
      : {
          code: 'larger-batch',
          message: `Hand over ${given.sequences} tokens at once, one of each conversation: -b ${given.sequences}.`,
          argv: withOption(argv, batch, String(given.sequences)),
        },
    even === null || even === given.microBatch
      ? null
      : {
          code: 'even-micro-batch',
          message: `Compute ${even} tokens of a prompt at once, as many of each conversation: -ub ${even}.`,
          argv: withOption(argv, microBatch, String(even)),
        },
    given.splitMode !== 'row' && given.splitMode !== 'tensor'
      ? null
      : {
          code: 'layer-split',
          message: 'Put whole layers on each GPU: -sm layer.',
          argv: withOption(argv, splitMode, 'layer'),
        },
    types.every((type) => type === 'f16')
      ? null
      : {
          code: 'kv-f16',
          message: 'Keep the KV cache in f16: -ctk f16 -ctv f16.',
          argv: withOption(withOption(argv, keyType, 'f16'), valueType, 'f16'),
        },
    draft === null || (draft.keyType === 'f16' && draft.valueType === 'f16')
      ? null
      : {
          code: 'draft-kv-f16',
          message: 'Keep the KV cache of the draft model in f16: -ctkd f16 -ctvd f16.',
          argv: withOption(withOption(argv, draftKeyType, 'f16'), draftValueType, 'f16'),
        },
  ];
  return changes.filter((change) => change !== null);
}

/** What the server keeps of earlier prompts costs no quality. */
function serverCaches(given: ExactArguments): readonly Change[] {
  if (given.tool !== 'llama-server') return [];
  return [1024, 0]
    .filter((mib) => given.promptCacheMib < 0 || mib < given.promptCacheMib)
    .map((mib) => ({
      code: 'smaller-prompt-cache',
      message: `Bound what the server keeps of earlier prompts: -cram ${mib} -ctxcp 4.`,
      argv: withOption(withOption(given.argv, cacheRam, String(mib)), checkpoints, '4'),
    }));
}

/** A second copy of host weights makes prompts faster, no more. */
function withoutRepacking(given: ExactArguments): readonly Change[] {
  if (!given.repack || given.tool === 'llama-bench') return [];
  const message = 'Keep one copy of the weights: --no-repack; prompts are read more slowly.';
  return [{ code: 'no-repack', message, argv: [...given.argv, '--no-repack'] }];
}

/** The fewest layers of experts to keep on the host; more of them never take more of a device. */
function fewestExperts(
  model: Model,
  given: ExactArguments,
  ships: (change: Change) => boolean,
): Change | undefined {
  const { expertLayers, layers } = indexOf(model);
  if (expertLayers === 0 || given.cpuMoeLayers >= layers) return undefined;
  return firstOf(given.cpuMoeLayers + 1, layers, ships, (count) => ({
    code: 'experts-on-host',
    message: `Keep the experts of ${count} layers in host memory: -ncmoe ${count}.`,
    argv: withOption(given.argv, cpuMoe, String(count)),
  }));
}

/** The most layers on the device that still ship. */
function mostLayers(
  model: Model,
  given: ExactArguments,
  ships: (change: Change) => boolean,
): Change | undefined {
  const { layers } = indexOf(model);
  const most = typeof given.gpuLayers === 'number' ? Math.min(given.gpuLayers, layers + 1) : layers + 1;
  return firstOf(1, most, ships, (fewer) => ({
    code: 'fewer-layers',
    message: `Put only ${most - fewer} layers on the GPU: -ngl ${most - fewer}; it costs speed.`,
    argv: withOption(given.argv, gpuLayers, String(most - fewer)),
  }));
}

/** The smallest step that ships, where every larger one takes less of what is short; undefined where none does. */
function firstOf(
  from: number,
  to: number,
  ships: (change: Change) => boolean,
  changeAt: (step: number) => Change,
): Change | undefined {
  let low = from;
  let high = to;
  let found: Change | undefined;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const change = changeAt(middle);
    if (ships(change)) {
      found = change;
      high = middle - 1;
    } else low = middle + 1;
  }
  return found;
}

function cacheTypes(given: ExactArguments, argv: readonly string[]): readonly Change[] {
  if (isQuantised(given.keyType) || isQuantised(given.valueType)) return [];
  const typed = withOption(withOption(argv, keyType, 'q8_0'), valueType, 'q8_0');
  const quality = given.keyType === given.valueType ? qualityOfCache(given.keyType, 'q8_0') : null;
  return [
    {
      code: 'kv-q8_0',
      message: `Keep the KV cache in q8_0 (-ctk q8_0 -ctv q8_0), which takes about half the memory: ${qualityWords(quality)}.`,
      quality,
      argv: withOption(typed, flashAttention, 'on'),
    },
  ];
}

function contexts(model: Model, given: ExactArguments, argv: readonly string[]): readonly Change[] {
  const context = given.context ?? model.context_trained ?? 0;
  const changes: Change[] = [];
  if (given.tool === 'llama-bench') return changes;
  for (let tokens = Math.floor(context / 2); tokens >= SMALLEST_CONTEXT; tokens = Math.floor(tokens / 2)) {
    changes.push({
      code: 'shorter-context',
      message: `Make do with a context of ${formatInteger(tokens)} tokens instead of ${formatInteger(context)}: -c ${tokens}${argv === given.argv ? '' : ', with the KV cache in q8_0'}.`,
      argv: withOption(argv, contextSize, String(tokens)),
    });
  }
  return changes;
}

function sequences(given: ExactArguments): readonly Change[] {
  if (given.tool !== 'llama-server' || given.sequences === 1) return [];
  const message = 'Serve one conversation at a time: -np 1.';
  return [{ code: 'fewer-sequences', message, argv: withOption(given.argv, parallel, '1') }];
}

/** Names of an option, the one to write first; `alone`: it stands without a value. */
interface Names {
  readonly write: string;
  readonly also: readonly string[];
  readonly alone?: readonly string[];
}

const cacheRam: Names = { write: '-cram', also: ['--cache-ram'] };
const checkpoints: Names = { write: '-ctxcp', also: ['--ctx-checkpoints', '--swa-checkpoints'] };
const cpuMoe: Names = { write: '-ncmoe', also: ['--n-cpu-moe'], alone: ['-cmoe', '--cpu-moe'] };
const gpuLayers: Names = { write: '-ngl', also: ['--gpu-layers', '--n-gpu-layers'] };
const keyType: Names = { write: '-ctk', also: ['--cache-type-k'] };
const valueType: Names = { write: '-ctv', also: ['--cache-type-v'] };
const flashAttention: Names = { write: '-fa', also: ['--flash-attn'] };
const batch: Names = { write: '-b', also: ['--batch-size'] };
const microBatch: Names = { write: '-ub', also: ['--ubatch-size'] };
const splitMode: Names = { write: '-sm', also: ['--split-mode'] };
const draftKeyType: Names = { write: '-ctkd', also: ['--cache-type-k-draft', '--spec-draft-type-k'] };
const draftValueType: Names = { write: '-ctvd', also: ['--cache-type-v-draft', '--spec-draft-type-v'] };
const contextSize: Names = { write: '-c', also: ['--ctx-size'] };
const parallel: Names = { write: '-np', also: ['--parallel'] };

/** The words with an option's value changed: written where it stood last, else at the end. */
function withOption(argv: readonly string[], names: Names, value: string): readonly string[] {
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const name = argv[at]!.startsWith('--') ? argv[at]!.replaceAll('_', '-') : argv[at]!;
    if (name === names.write || names.also.includes(name)) at++;
    else if (names.alone?.includes(name) !== true) words.push(argv[at]!);
  }
  return [...words, names.write, value];
}
