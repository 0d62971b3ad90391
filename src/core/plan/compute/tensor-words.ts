import type { Tensor } from '../../model/schema';
import { splitTensorName } from '../../model/tensor-name';

/** Numbers for the looks of single tensors: the blocks of a model have the same few over and over. */
interface TensorWord {
  readonly dimensions: readonly number[];
  readonly bytes: number;
  readonly shape: number;
  readonly typed: number;
}

export class TensorWords {
  private readonly byName = new Map<string, TensorWord[]>();
  private readonly shapes = new Map<string, number>();
  private count = 0;

  of(tensor: Tensor): TensorWord {
    const name = nameInBlock(tensor);
    const words = this.byName.get(name);
    if (words === undefined) {
      const first = this.make(tensor);
      this.byName.set(name, [first]);
      return first;
    }
    const known = words.find(
      (word) => word.bytes === tensor.bytes && isSame(word.dimensions, tensor.dimensions),
    );
    if (known !== undefined) return known;
    const made = this.make(tensor);
    words.push(made);
    return made;
  }

  private make(tensor: Tensor): TensorWord {
    const { dimensions, bytes } = tensor;
    return { dimensions, bytes, shape: numberOf(this.shapes, shapeLook(tensor)), typed: this.count++ };
  }
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
