import type { Finding } from '../finding';
import type { KvType } from '../plan/schema';
import type { SplitMode, Tool } from '../plan/settings';

/** The model that the arguments themselves name. */
export interface NamedModel {
  readonly kind: 'file' | 'hugging-face' | 'elsewhere';
  readonly value: string;
}

/** `-ngl`: so many, all, or all unless `--fit` says otherwise. */
export type GpuLayers = number | 'all' | 'auto';

/** `-ot PATTERN=BUFFER`. */
export interface WrittenOverride {
  readonly pattern: string;
  readonly buffer: string;
}

/** `-mm`: an image projector beside the model. */
export interface ProjectorArguments {
  readonly path: string;
  /** Off is `--no-mmproj-offload`. */
  readonly offload: boolean;
  /** `-mmdev`; null follows the model. */
  readonly device: string | null;
}

/** `-md`: a second, smaller model that drafts tokens. */
export interface DraftArguments {
  readonly path: string;
  readonly gpuLayers: GpuLayers;
  /** `-devd`; null follows `-dev`. */
  readonly devices: readonly string[] | null;
  readonly keyType: KvType;
  readonly valueType: KvType;
  readonly cpuMoeLayers: number;
  readonly overrides: readonly WrittenOverride[];
}

/** More layers than any model has: `-cmoe`. */
export const EVERY_LAYER = 1_000_000;

/** What a line of arguments means to one of llama.cpp's tools. */
export interface ExactArguments {
  readonly tool: Tool;
  /** As given, without the program's name. */
  readonly argv: readonly string[];
  readonly model: NamedModel | null;
  /** Tokens; null: what the model was trained for. */
  readonly context: number | null;
  readonly sequences: number;
  readonly unified: boolean;
  readonly batch: number;
  readonly microBatch: number;
  /** `auto` becomes on wherever the backends can. */
  readonly flashAttention: 'on' | 'off' | 'auto';
  readonly keyType: KvType;
  readonly valueType: KvType;
  readonly gpuLayers: GpuLayers;
  readonly cpuMoeLayers: number;
  readonly overrides: readonly WrittenOverride[];
  readonly tensorSplit: readonly number[] | null;
  readonly splitMode: SplitMode | 'tensor';
  readonly mainDevice: number;
  /** Names as llama.cpp has them; none: the host alone; null: every device there is. */
  readonly devices: readonly string[] | null;
  readonly fullWindow: boolean;
  readonly offloadCache: boolean;
  readonly offloadOperations: boolean;
  readonly repack: boolean;
  /** MiB of `-cram`, -1 without bound. */
  readonly promptCacheMib: number;
  readonly checkpoints: number;
  /** Whether the file is mapped, so that its pages may stay on the disk. */
  readonly mapped: boolean;
  readonly threads: number | null;
  /** Whether llama.cpp may change what is not set. */
  readonly fit: boolean;
  readonly projector: ProjectorArguments | null;
  readonly draft: DraftArguments | null;
  /** Tokens that speculation may add to each sequence's outputs. */
  readonly drafted: number;
  /** Options that have no part in memory, as given. */
  readonly ignored: readonly string[];
  /** Options that change memory in ways that are not counted. */
  readonly uncounted: readonly Uncounted[];
  /** What else the line gives to say. */
  readonly findings: readonly Finding[];
}

/** What changes memory in a way that is not counted. */
export interface Uncounted {
  /** As given. */
  readonly option: string;
  readonly what: string;
  /** The way of drafting that it names, which may be counted once the draft model is known. */
  readonly drafting?: string;
}

/** A word that cannot stand where it does. */
export interface ArgumentProblem {
  /** The word, as given. */
  readonly argument: string;
  /** Its position in the words; -1 where it is about the line as a whole. */
  readonly position: number;
  readonly message: string;
}

export type ParsedArguments =
  | { readonly kind: 'parsed'; readonly arguments: ExactArguments }
  | { readonly kind: 'failed'; readonly problems: readonly ArgumentProblem[] };

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** Arguments while they are being read. */
export interface ArgumentDraft extends Omit<Writable<ExactArguments>, 'argv' | 'draft' | 'projector'> {
  overrides: WrittenOverride[];
  ignored: string[];
  uncounted: Uncounted[];
  findings: Finding[];
  unifiedGiven: boolean;
  contextPerSlot: number | null;
  projectorPath: string | null;
  projectorOffload: boolean;
  projectorDevice: string | null;
  companion: Writable<Omit<DraftArguments, 'path'>> & { path: string | null; overrides: WrittenOverride[] };
  /** Ways of drafting that are on (`--spec-type`), and how many tokens each may draft. */
  speculation: string[];
  draftSizes: Record<string, number>;
}

/** llama.cpp's own defaults (`common/common.h`, `tools/server/server.cpp`, `tools/llama-bench/llama-bench.cpp`). */
export function defaultsOf(tool: Tool): ArgumentDraft {
  const server = tool === 'llama-server';
  return {
    tool,
    model: null,
    context: null,
    // llama-server makes 4 of -1
    sequences: server ? -1 : 1,
    unified: false,
    unifiedGiven: false,
    contextPerSlot: null,
    batch: 2048,
    microBatch: 512,
    flashAttention: 'auto',
    keyType: 'f16',
    valueType: 'f16',
    gpuLayers: 'auto',
    cpuMoeLayers: 0,
    overrides: [],
    tensorSplit: null,
    splitMode: 'layer',
    mainDevice: 0,
    devices: null,
    fullWindow: false,
    offloadCache: true,
    offloadOperations: true,
    repack: true,
    promptCacheMib: server ? 8192 : 0,
    checkpoints: server ? 32 : 0,
    mapped: true,
    threads: null,
    fit: tool !== 'llama-bench',
    projectorPath: null,
    projectorOffload: true,
    projectorDevice: null,
    companion: {
      path: null,
      gpuLayers: 'auto',
      devices: null,
      keyType: 'f16',
      valueType: 'f16',
      cpuMoeLayers: 0,
      overrides: [],
    },
    speculation: [],
    draftSizes: {
      'draft-simple': 3,
      'ngram-simple': 48,
      'ngram-map-k': 48,
      'ngram-map-k4v': 48,
      'ngram-mod': 64,
      'ngram-cache': 8,
    },
    drafted: 0,
    ignored: [],
    uncounted: [],
    findings: [],
  };
}
