import type { Metadata, TensorFacts } from '../model/assemble-model';
import { type Quant, resolveQuant, quantNames, fileTypeOf } from '../model/quantise/quants';
import { quantiseTensors, NotQuantisable } from '../model/quantise/quantise-tensors';
import type { Model } from '../model/schema';
import { padTo } from '../units';
import { BallastError } from './ballast-error';
import { ALIGNMENT, encodeHeader } from './encode-header';
import { type Filling, fillingOf } from './filling';
import { shortenModel } from './shorten-model';
import { madeUpVocabulary } from './tokenizer';

/** What is asked of a ballast. */
export interface BallastWish {
  /** Quantisation; null keeps the model's own. */
  readonly quant: string | null;
  /** Only the first so many blocks; null for all. */
  readonly layers: number | null;
}

/** A tensor of the file to write: `paddedBytes` with the zeros behind it. */
export interface BallastTensor extends TensorFacts {
  readonly paddedBytes: number;
  readonly filling: Filling;
}

/** A GGUF file to write: its head, and what follows it. */
export interface BallastLayout {
  readonly header: Uint8Array;
  readonly tensors: readonly BallastTensor[];
  readonly fileBytes: number;
  readonly quant: string | null;
  /** Blocks in the file, and in the model. */
  readonly layers: number;
  readonly blockCount: number;
}

/** Numbers that llama.cpp asks of some architectures, that cost no memory, and that a config may leave to the code. */
const neutral = {
  'attention.layer_norm_rms_epsilon': 1e-6,
  'attention.layer_norm_epsilon': 1e-5,
  logit_scale: 1,
} as const;

/** Marks a file as a stand-in; llama.cpp passes over keys that it does not know. */
export const BALLAST_KEY = 'plimsoll.ballast';

/**
 * A file of a model's exact shape: names, dimensions and types as llama-quantize would give them, a vocabulary of the right
 * size, and what each tensor is filled with. With `layers`, types are chosen as for a model of that depth. Throws BallastError.
 */
export function layoutBallast(model: Model, wish: BallastWish): BallastLayout {
  const { architecture, block_count: blockCount } = model;
  if (architecture === null || blockCount === null || model.tensors.length === 0) throw unknownShape(model);
  const layers = layersOf(wish.layers, blockCount);
  const quant = quantOf(wish.quant ?? (model.source.tensors === 'derived' ? model.quant : null));
  const shape =
    wish.layers === null ? { metadata: model.metadata, tensors: model.tensors } : shortenModel(model, layers);
  const tensors = typed(shape.tensors, quant, shape.metadata);
  const metadata = describe(shape.metadata, architecture, model, quant);
  const vocabulary = madeUpVocabulary(model.vocabulary ?? 0);
  const header = encodeHeader(metadata, vocabulary, tensors);
  const placed = tensors.map(placedTensor);
  return {
    header,
    tensors: placed,
    fileBytes: header.length + placed.reduce((sum, { paddedBytes }) => sum + paddedBytes, 0),
    quant: quant ?? model.quant,
    layers,
    blockCount,
  };
}

function placedTensor(tensor: TensorFacts): BallastTensor {
  const { name, type, dimensions, bytes } = tensor;
  const filling = fillingOf(name, type);
  return { name, type, dimensions, bytes, paddedBytes: padTo(bytes, ALIGNMENT), filling };
}

function layersOf(wish: number | null, blocks: number): number {
  if (wish === null || (wish >= 1 && wish <= blocks)) return wish ?? blocks;
  throw new BallastError(
    'too-many-layers',
    `The model has ${blocks} layers; ${wish} of them cannot be written.`,
    `Ask for 1 to ${blocks}.`,
  );
}

function quantOf(name: string | null): Quant | null {
  if (name === null) return null;
  const resolved = resolveQuant(name);
  if (resolved.kind !== 'unknown') return resolved.quant;
  throw new BallastError(
    'unknown-quant',
    `"${name.slice(0, 40)}" is no quantisation that is known here.`,
    `Name one of ${quantNames.join(', ')}.`,
  );
}

function typed(
  tensors: readonly TensorFacts[],
  quant: Quant | null,
  metadata: Metadata,
): readonly TensorFacts[] {
  try {
    return quant === null ? tensors : quantiseTensors(tensors, quant, metadata);
  } catch (error) {
    if (error instanceof NotQuantisable)
      throw new BallastError('unknown-shape', error.message, 'Check the config of the model.');
    throw error;
  }
}

/** The model's own metadata, without what spoke of other files. */
function describe(metadata: Metadata, architecture: string, model: Model, quant: Quant | null): Metadata {
  const defaults = Object.entries(neutral).map(([key, value]) => [`${architecture}.${key}`, value]);
  const own = Object.entries(metadata).filter(([key]) => !/^(split|quantize|general\.alignment)/.test(key));
  const fileType = quant === null ? null : fileTypeOf(quant);
  return {
    ...Object.fromEntries(defaults),
    ...Object.fromEntries(own),
    'general.name': `${model.name} (ballast)`,
    ...(fileType === null ? {} : { 'general.file_type': fileType }),
    [`${architecture}.vocab_size`]: model.vocabulary ?? 0,
    [BALLAST_KEY]: true,
  };
}

function unknownShape(model: Model): BallastError {
  return new BallastError(
    'unknown-shape',
    `Which tensors ${model.name} is made of is not known here, so no ballast can stand in for it.`,
    'Give a GGUF file of the model, whose tensors can be read.',
  );
}
