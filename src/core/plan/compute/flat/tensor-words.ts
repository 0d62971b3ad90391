import type { Tensor } from '../../../model/schema';
import { splitTensorName } from '../../../model/tensor-name';

/** Numbers for the looks of a single tensor: the blocks of a model have the same few over and over. */
export interface TensorWord {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly bytes: number;
  readonly shape: number;
  readonly typed: number;
}

export class TensorWords {
  private readonly byName = new Map<string, TensorWord[]>();
  private readonly shapes = new Map<string, number>();
  private count = 0;

  /** Of a block's tensors in their order; `before` are those of the block before it, which mostly are the same. */
  ofBlock(tensors: readonly Tensor[], before: readonly TensorWord[]): readonly TensorWord[] {
    const prefix = `blk.${tensors[0]?.layer}.`.length;
    let same = tensors.length === before.length;
    const words = tensors.map((tensor, ordinal) => {
      const guess = before[ordinal];
      if (guess !== undefined && isLikely(guess, prefix, tensor)) return guess;
      same = false;
      return this.of(nameInBlock(tensor), tensor);
    });
    return same ? before : words;
  }

  private of(name: string, tensor: Tensor): TensorWord {
    const words = this.byName.get(name) ?? [];
    this.byName.set(name, words);
    const known = words.find((word) => isOf(word, tensor));
    if (known !== undefined) return known;
    const { dimensions, bytes } = tensor;
    const shape = numberOf(this.shapes, shapeLook(tensor));
    const made = { name, dimensions, bytes, shape, typed: this.count++ };
    words.push(made);
    return made;
  }
}

/** Whether a tensor whose name has a prefix of this length goes by a word, told without taking its name apart. */
function isLikely(word: TensorWord, prefix: number, tensor: Tensor): boolean {
  const { name } = tensor;
  return name.length === prefix + word.name.length && name.endsWith(word.name) && isOf(word, tensor);
}

function isOf(word: TensorWord, { dimensions, bytes }: Tensor): boolean {
  return word.bytes === bytes && isSame(word.dimensions, dimensions);
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** Vectors by their bytes too: a copy of one may be taken over by a result of its size. */
export function shapeLook(tensor: Tensor): string {
  return tensor.dimensions.length > 1
    ? `${nameInBlock(tensor)} ${tensor.dimensions.join('x')}`
    : typedLook(tensor);
}

function typedLook(tensor: Tensor): string {
  return `${nameInBlock(tensor)} ${tensor.dimensions.join('x')} ${tensor.bytes}`;
}

function nameInBlock(tensor: Tensor): string {
  return splitTensorName(tensor.name).rest;
}

/** The number of a text: that of its first use, counted from 0. */
export function numberOf(numbers: Map<string, number>, text: string): number {
  const given = numbers.get(text) ?? numbers.size;
  numbers.set(text, given);
  return given;
}
