import type { Model, Tensor } from '../../../model/schema';
import { rowBytes } from '../../kv-cache';
import { indexOf } from '../../model-index';
import { isEncoder } from './encoder';
import { allJoined, type Joined } from './joined-residuals';
import { positionsPerToken } from './rope-positions';
import type { Cells, Settings } from '../../settings';
import {
  type Backend,
  cacheLeaf,
  elements,
  F16,
  F32,
  I32,
  I64,
  inputLeaf,
  type Node,
  type Shape,
  uncounted,
  weightLeaf,
} from './tensor-graph';

/** What a graph is drawn for: a model, settings, a batch, and where each tensor lies. */
export interface Batch {
  /** Tokens of the batch, a multiple of the sequences. */
  readonly tokens: number;
  readonly sequences: number;
  /** Sequences whose states are kept but not computed with. */
  readonly others?: number;
  /** Rows that logits are computed for. */
  readonly outputs: number;
  readonly cells: Cells;
}

export interface SketchFor {
  readonly model: Model;
  readonly settings: Settings;
  readonly batch: Batch;
  readonly host: Backend;
  readonly pinned: boolean;
  /** Whether attention is one fused operation: asked for, and not found to be impossible where its layer lies. */
  readonly flash: boolean;
  /** Which of DeepSeek V4's operations on residuals are in one piece; all where it is not said. */
  readonly joined?: Joined;
  readonly homeOf: (tensor: Tensor, asOutput: boolean) => Backend;
  /** Where a block's cache and state lie. */
  readonly cacheHomeOf: (layer: number) => Backend;
}

/** What a drawing begins with: the weights, the inputs and what is kept, each once, and what blocks leave for later ones. */
export class Sheet {
  readonly model: Model;
  readonly settings: Settings;
  readonly batch: Batch;
  /** The host's number among the backends; devices come before it. */
  readonly host: Backend;
  /** Whether wishes for a backend count. */
  readonly pinned: boolean;
  readonly flash: boolean;
  readonly joined: Joined;
  /** Whether V lies transposed in the cache, as it was made for attention without fusing. */
  readonly transposed: boolean;
  /** Whether any cache has a window. */
  readonly windowed: boolean;
  /** Whether no block keeps anything: encoders and diffusion models. */
  readonly cacheless: boolean;
  /** Whether recurrent states stand beside caches with windows. */
  readonly hybridWindows: boolean;
  /** The tokens of the batch, for tables that experts are looked up in; null where vectors go in. */
  tokens: Node | null = null;
  /** What was looked up for several tokens at once (Qwen 4); null where nothing is. */
  ngrams: Node | null = null;
  /** The cells that an indexer chose last, for the blocks that share its choice. */
  chosen: Node | null = null;
  /** The rows that the first blocks add parts of (Qwen 3 VL); null where they do not. */
  embedded: Node | null = null;
  /** What went into earlier blocks, kept for all later ones (Kimi K3); null where nothing is. */
  banked: Node | null = null;
  /** The first block's values, which the others blend theirs with (RWKV 7). */
  firstValue: Node | null = null;
  private readonly homeOf: SketchFor['homeOf'];
  private readonly cacheHomeOf: SketchFor['cacheHomeOf'];
  private readonly inputs = new Map<string, Node>();
  private readonly leaves = new Map<string, Node>();

  constructor(drawing: SketchFor) {
    this.model = drawing.model;
    this.settings = drawing.settings;
    this.batch = drawing.batch;
    this.host = drawing.host;
    this.pinned = drawing.pinned;
    this.homeOf = drawing.homeOf;
    this.cacheHomeOf = drawing.cacheHomeOf;
    // llama.cpp turns it off for Grok (`src/llama-context.cpp: llama_init_from_model`)
    const allowed = drawing.settings.flashAttention && drawing.model.architecture !== 'grok';
    this.transposed = !allowed;
    this.flash = allowed && drawing.flash;
    this.joined = drawing.joined ?? allJoined;
    const layers = drawing.model.layers ?? [];
    const recurrent = layers.some((layer) => layer.state !== null);
    this.windowed = layers.some((layer) => layer.cache !== null && layer.cache.window !== null);
    this.hybridWindows = recurrent && this.windowed;
    // llama-embed has a cache that its graph does not touch
    this.cacheless =
      isEncoder(drawing.model) || (!recurrent && layers.every((layer) => layer.cache === null));
  }

  /** A number of the model's metadata under its architecture's prefix; null where it is not there. */
  number(key: string, layer = 0): number | null {
    const value = this.model.metadata[`${this.model.architecture}.${key}`];
    const item = Array.isArray(value) ? value[layer] : value;
    return typeof item === 'number' ? item : null;
  }

  /** A weight as a leaf; `asOutput` for a token embedding that is the output too. */
  weight(tensor: Tensor, asOutput = false): Node {
    const home = this.homeOf(tensor, asOutput);
    const key = `${home} ${tensor.name}`;
    const known = this.leaves.get(key);
    if (known !== undefined) return known;
    const [first = 1, second = 1, third = 1, fourth = 1] = tensor.dimensions;
    const leaf = weightLeaf([first, second, third, fourth], tensor.bytes, home);
    this.leaves.set(key, leaf);
    return leaf;
  }

  /** Rotation factors of a block; where the file has one table for all, each device has its own copy. */
  ropeFactors(layer: number): Node | null {
    for (const name of ['rope_freqs.weight', 'rope_factors_long.weight']) {
      const tensor = indexOf(this.model).outside.get(name);
      if (tensor !== undefined) return this.weight({ ...tensor, layer });
    }
    return null;
  }

  /** What blocks share, made when it is first asked for. */
  shared(name: string, make: () => Node): Node {
    return this.once(name, () => {
      const made = uncounted(make);
      made.shared = name;
      return made;
    });
  }

  private once(name: string, make: () => Node): Node {
    const known = this.inputs.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.inputs.set(name, made);
    return made;
  }

  /** A block's router, whose scores more than one mixture may be chosen by. */
  routed(layer: number, make: () => Node): Node {
    return this.once(`router of ${layer}`, make);
  }

  /** One position a token; four where text, time, height and width have one each (M-RoPE). */
  positions(): Node {
    return this.shared('positions', () =>
      inputLeaf([this.batch.tokens * positionsPerToken(this.model), 1, 1, 1], I32),
    );
  }

  /** One factor a token (`build_inp_attn_scale`). */
  temperatures(): Node {
    return this.shared('temperatures', () => inputLeaf([1, 1, this.batch.tokens, 1], F32));
  }

  outputRows(): Node {
    return this.shared('outputs', () => inputLeaf([this.batch.outputs, 1, 1, 1], I32));
  }

  /** Attention mask over a layer's cells (`build_attn_inp_kq_mask`). */
  mask(window: number | null): Node {
    const { cells, tokens } = this.batch;
    return this.shared(`mask ${window}`, () =>
      inputLeaf([this.cellsOf(window), tokens / cells.streams, 1, cells.streams], this.flash ? F16 : F32),
    );
  }

  /** Attention mask among the tokens of the batch, for models without a cache. */
  batchMask(windowed: boolean): Node {
    const { tokens } = this.batch;
    return this.shared(windowed ? 'window of the batch' : 'mask of the batch', () =>
      inputLeaf([tokens, tokens, 1, 1], this.flash ? F16 : F32),
    );
  }

  /** Which cells of a layer's cache the batch is written to. */
  indexes(which: 'keys' | 'values', window: number | null, width = 1): Node {
    return this.shared(`${which} ${window}`, () => inputLeaf([this.batch.tokens * width, 1, 1, 1], I64));
  }

  cellsOf(window: number | null): number {
    return window === null ? this.batch.cells.perStream : this.batch.cells.windowed(window);
  }

  /** A layer's K or V cache. */
  cache(which: 'keys' | 'values', layer: number, width: number, window: number | null): Node {
    const type = which === 'keys' ? this.settings.keyType : this.settings.valueType;
    return this.keptRows(`${which} of ${layer}`, layer, width, rowBytes(type, width), window);
  }

  /** Rows that a layer keeps, one a cell: `width` numbers in `bytes`. */
  keptRows(name: string, layer: number, width: number, bytes: number, window: number | null): Node {
    const cells = this.cellsOf(window);
    const { streams } = this.batch.cells;
    return this.once(name, () =>
      cacheLeaf([width, cells, streams, 1], bytes * cells * streams, this.cacheHomeOf(layer)),
    );
  }

  state(which: 'r' | 's' | 'p', layer: number, width: number): Node {
    const { sequences, others = 0 } = this.batch;
    const shape: Shape = [width, sequences + others, 1, 1];
    return this.once(`${which} state of ${layer}`, () =>
      cacheLeaf(shape, elements(shape) * F32, this.cacheHomeOf(layer)),
    );
  }

  /** Anything else that a layer keeps between tokens. */
  kept(name: string, layer: number, shape: Shape, bytes: number): Node {
    return this.once(name, () => cacheLeaf(shape, bytes, this.cacheHomeOf(layer)));
  }
}
