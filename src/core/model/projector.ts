import type { Bytes } from '../units';

/** An image encoder, as the header of its file (architecture `clip`) describes it. */
export interface ImageEncoder {
  /** `clip.projector_type`. */
  readonly kind: string;
  readonly width: number;
  readonly feed_forward: number;
  /** Whether the feed-forward has a gate. */
  readonly gated: boolean;
  /** Whether most blocks attend to windows only, by a mask over all patches (Qwen 2.5 VL). */
  readonly windowed: boolean;
  readonly rows_beside: number;
  /** Side of a patch, in pixels. */
  readonly patch: number;
  /** Patches of the image that llama.cpp reserves buffers for at its start. */
  readonly patches_at_start: number;
  /** Patches of the largest image that is encoded at once. */
  readonly most_patches: number;
}

type Metadata = Readonly<Record<string, unknown>>;

/** How a kind of encoder is sized (`tools/mtmd/clip.cpp: load_hparams`): tokens of an image, or none where its size is fixed. */
interface Sizing {
  readonly tokens: { readonly atStart: number; readonly most: number } | null;
  /** Patches a side that make one token. */
  readonly merge: number;
  readonly mergeKey: 'projector.scale_factor' | 'spatial_merge_size';
  /** Rows as wide as the model that live beside a feed-forward: residual, its norm, and what fragmentation leaves (measured). */
  readonly rowsBeside: number;
}

const fixed: Sizing = { tokens: null, merge: 1, mergeKey: 'projector.scale_factor', rowsBeside: 3 };

function growing(atStart: number, most: number, merge: number, mergeKey: Sizing['mergeKey']): Sizing {
  return { tokens: { atStart, most }, merge, mergeKey, rowsBeside: 3 };
}

/** Kinds that were held against llama.cpp's own buffers. */
const sizings: Readonly<Record<string, Sizing>> = {
  mlp: { ...fixed, rowsBeside: 4 },
  gemma3: fixed,
  idefics3: fixed,
  internvl: fixed,
  gemma4v: growing(256, 1120, 3, 'projector.scale_factor'),
  kimivl: { ...growing(256, 1024, 1, 'projector.scale_factor'), rowsBeside: 4 },
  lfm2: growing(256, 256, 1, 'projector.scale_factor'),
  pixtral: { ...growing(256, 1024, 1, 'spatial_merge_size'), rowsBeside: 4 },
  qwen2vl_merger: growing(46 * 46, 4096, 2, 'spatial_merge_size'),
  'qwen2.5vl_merger': growing(46 * 46, 4096, 2, 'spatial_merge_size'),
  qwen3vl_merger: growing(46 * 46, 4096, 2, 'spatial_merge_size'),
};

/** The image encoder of a projector's file; null where it has none, or one of a kind that is not described here. */
export function imageEncoderOf(metadata: Metadata, tensorNames: readonly string[]): ImageEncoder | null {
  const kind = metadata['clip.vision.projector_type'] ?? metadata['clip.projector_type'];
  const sizing = typeof kind === 'string' && Object.hasOwn(sizings, kind) ? sizings[kind]! : null;
  const number = (key: string): number => {
    const value = metadata[`clip.vision.${key}`];
    return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  const [width, feedForward, patch, image] = [
    number('embedding_length'),
    number('feed_forward_length'),
    number('patch_size'),
    number('image_size'),
  ];
  if (sizing === null || Math.min(width, feedForward, patch, image) === 0) return null;
  const merge = number(sizing.mergeKey) || sizing.merge;
  const patches = (tokens: number | undefined): number =>
    tokens === undefined ? Math.floor(image / patch) ** 2 : tokens * merge ** 2;
  return {
    kind: String(kind),
    width,
    feed_forward: feedForward,
    gated: tensorNames.some((name) => /^v\.blk\.\d+\.ffn_gate\.weight$/u.test(name)),
    windowed: number('n_wa_pattern') > 0,
    rows_beside: sizing.rowsBeside,
    patch,
    patches_at_start: patches(sizing.tokens?.atStart),
    most_patches: patches(sizing.tokens?.most),
  };
}

/** The last tensor of a kind's projection, and which of its dimensions is the width of a token (`clip.cpp: clip_n_mmproj_embd`). */
const projections: Readonly<Record<string, readonly [tensor: string, dimension: number]>> = {
  mlp: ['mm.2.weight', 1],
  gemma3: ['mm.input_projection.weight', 0],
  gemma4v: ['mm.input_projection.weight', 1],
  idefics3: ['mm.model.fc.weight', 1],
  internvl: ['mm.model.mlp.3.weight', 1],
  kimivl: ['mm.2.weight', 1],
  lfm2: ['mm.2.weight', 1],
  pixtral: ['mm.2.weight', 1],
  qwen2vl_merger: ['mm.2.bias', 0],
  'qwen2.5vl_merger': ['mm.2.bias', 0],
  qwen3vl_merger: ['mm.2.bias', 0],
};

/** Numbers a token that a projector hands to its model; null for a kind that is not described here, or without that tensor. */
export function projectorOutput(
  metadata: Metadata,
  tensors: readonly { readonly name: string; readonly dimensions: readonly number[] }[],
): number | null {
  const kind = metadata['clip.vision.projector_type'] ?? metadata['clip.projector_type'];
  if (typeof kind !== 'string' || !Object.hasOwn(projections, kind)) return null;
  // llama.cpp takes an `mlp` with a third matrix for another kind
  if (kind === 'mlp' && tensors.some((tensor) => tensor.name === 'mm.3.weight')) return null;
  const [name, dimension] = projections[kind]!;
  const width = tensors.find((tensor) => tensor.name === name)?.dimensions[dimension] ?? null;
  // what a Qwen 3 VL block adds goes beside (deepstack)
  const deep = new Set(tensors.flatMap((tensor) => /^v\.deepstack\.(\d+)\./u.exec(tensor.name)?.[1] ?? []));
  return width === null ? null : width * (1 + deep.size);
}

const F32 = 4;
const COLOURS = 3;

/**
 * Bytes of the buffers that encoding so many patches takes, up to 16 % above what llama.cpp reserved for eleven projectors: what the feed-forward of one block makes
 * (up, gate and their product), rows as wide as the model beside it, the image, and a mask over all patches where there are windows.
 */
export function encodingBytes(encoder: ImageEncoder, patches: number): Bytes {
  const { width, feed_forward: hidden, gated, rows_beside: beside, patch, windowed } = encoder;
  const numbers = (gated ? 3 : 1) * hidden + beside * width + COLOURS * patch ** 2;
  return F32 * patches * (numbers + (windowed ? patches : 0));
}
