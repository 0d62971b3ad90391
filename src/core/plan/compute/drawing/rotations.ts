import { isQuantised } from '../../kv-cache';
import type { Sketch } from './sketch';
import { F32, inputLeaf, type Node, operation, type Shape, view } from './tensor-graph';

/** Matrices that keys (and queries) and values are multiplied with; null where they are kept as they are. */
export interface Rotations {
  readonly key: Node | null;
  readonly value: Node | null;
}

/** Quantised caches are rotated by a Hadamard matrix, one for each cache (`build_input_k_rot` in src/llama-kv-cache.cpp). */
export function rotationsOf(
  sketch: Sketch,
  heads: { readonly key: number; readonly value: number },
  window: number | null,
): Rotations {
  const { keyType, valueType } = sketch.settings;
  // `build_inp_mem_hybrid_iswa` makes none.
  if (sketch.hybridWindows) return { key: null, value: null };
  const rotatesKey = isQuantised(keyType) && heads.key % 64 === 0;
  const rotatesValue = isQuantised(valueType) && heads.value % 64 === 0;
  return {
    key: rotatesKey ? rotation(sketch, `keys ${window}`, largestPower(heads.key)) : null,
    value: rotatesValue ? rotation(sketch, `values ${window}`, 64) : null,
  };
}

/**
 * The matrix of one of DeepSeek V4's caches, as wide as fits its rows; null where they are kept as they are. `always` for one whose rows
 * are as wide as the indexer's, whatever its type.
 */
export function rotationMatrix(sketch: Sketch, name: string, width: number, always: boolean): Node | null {
  if (!always && !(isQuantised(sketch.settings.keyType) && width % 64 === 0)) return null;
  return rotation(sketch, name, largestPower(width));
}

/** Multiplies each piece of a row as wide as the matrix with it. */
export function rotate(sketch: Sketch, node: Node, matrix: Node | null): Node {
  if (matrix === null) return node;
  const [size] = matrix.shape;
  const count = (node.shape[0] * node.shape[1] * node.shape[2] * node.shape[3]) / size;
  const flat: Shape = [size, count, 1, 1];
  const rows = isStrided(node) ? sketch.fresh(flat, node) : view(node, flat);
  return view(operation(flat, [matrix, rows]), node.shape);
}

/** Whether a look at a tensor leaves something of each row out, so that it must be copied to be one piece. */
export function isStrided(node: Node): boolean {
  return (
    node.kind === 'view' &&
    node.root !== null &&
    node.root.bytes !== node.shape[0] * node.shape[1] * node.shape[2] * node.shape[3] * F32
  );
}

function largestPower(width: number): number {
  let size = 64;
  while (width % (size * 2) === 0) size *= 2;
  return size;
}

function rotation(sketch: Sketch, name: string, size: number): Node {
  return sketch.shared(`rotation of ${name} ${size}`, () => inputLeaf([size, size, 1, 1], F32));
}
