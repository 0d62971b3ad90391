import type { GgufFile, GgufTensor } from '../model/gguf/gguf-file';
import type { Reading } from '../model/gguf/header-cursor';
import { readGguf } from '../model/gguf/read-gguf';
import { RoutingError } from './routing-error';

/** How often each expert of a layer was chosen. */
export interface ExpertCounts {
  readonly layer: number;
  readonly counts: readonly number[];
}

/** What an importance matrix says of a mixture's routing. */
export interface Imatrix {
  readonly layers: readonly ExpertCounts[];
  readonly chunks: number | null;
  readonly chunkTokens: number | null;
}

/** Of a layer's expert tensors, all of which see the same choices, the first of these that is there. */
const kinds = ['ffn_down_exps', 'ffn_up_exps', 'ffn_gate_exps', 'ffn_gate_up_exps'];
const countsName = /^blk\.(\d{1,6})\.(ffn_(?:down|up|gate|gate_up)_exps)\.weight\.counts$/;
/** Far more experts than any model has. */
const MOST_EXPERTS = 65_536;
/** The start of a file, enough to tell its format. */
const HEAD = 64;

/**
 * Reads llama-imatrix's GGUF file of `fileBytes` bytes (v0.5.0 `tools/imatrix/imatrix.cpp: save_imatrix`): its header, then for
 * every layer with experts the counts, one number an expert. Yields ranges like readGguf. Throws RoutingError and GgufError.
 */
export function* readImatrix(fileBytes: number): Reading<Imatrix> {
  const head = yield { offset: 0, length: Math.min(HEAD, fileBytes) };
  if (isOldFormat(head)) throw oldFormat();
  const file = yield* readGguf(fileBytes);
  if (file.metadata['general.type'] !== 'imatrix') throw notAnImatrix();
  const layers: ExpertCounts[] = [];
  for (const [layer, tensor] of countsByLayer(file)) {
    const bytes = yield { offset: tensor.offset, length: tensor.bytes };
    if (bytes.length < tensor.bytes) throw damaged(`it ends before ${tensor.name} does`);
    layers.push({ layer, counts: floats(bytes.subarray(0, tensor.bytes), tensor.name) });
  }
  if (layers.length === 0) throw noExperts();
  return {
    layers,
    chunks: numberOf(file, 'imatrix.chunk_count'),
    chunkTokens: numberOf(file, 'imatrix.chunk_size'),
  };
}

/** The tensor that holds each layer's counts, in the order of the layers. A single count is of a file made without telling experts apart. */
function countsByLayer(file: GgufFile): readonly (readonly [number, GgufTensor])[] {
  const found = new Map<number, { rank: number; tensor: GgufTensor }>();
  for (const tensor of file.tensors) {
    const named = countsName.exec(tensor.name);
    if (named === null || tensor.type !== 'f32') continue;
    const experts = tensor.bytes / 4;
    if (experts < 2) continue;
    if (experts > MOST_EXPERTS) throw damaged(`${tensor.name} speaks of ${experts} experts`);
    const layer = Number(named[1]);
    const rank = kinds.indexOf(named[2]!);
    const known = found.get(layer);
    if (known === undefined || rank < known.rank) found.set(layer, { rank, tensor });
  }
  return [...found].sort(([left], [right]) => left - right).map(([layer, { tensor }]) => [layer, tensor]);
}

function floats(bytes: Uint8Array, name: string): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, index) => {
    const count = view.getFloat32(4 * index, true);
    if (!(count >= 0) || count === Number.POSITIVE_INFINITY)
      throw damaged(`${name} holds ${count} as a count`);
    return count;
  });
}

/** Number of entries, length of a name, and the name: so began the files before GGUF. */
function isOldFormat(head: Uint8Array): boolean {
  if (head.length < 13) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const entries = view.getInt32(0, true);
  const length = view.getInt32(4, true);
  if (entries < 1 || entries > 1e6 || length < 1 || length > 256) return false;
  const name = String.fromCharCode(...head.subarray(8, Math.min(head.length, 8 + length)));
  return /^[\w.-]+$/.test(name);
}

function numberOf(file: GgufFile, key: string): number | null {
  const value = file.metadata[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

const AGAIN = 'Run llama-imatrix of a current llama.cpp on the mixture, with -o NAME.gguf.';

function oldFormat(): RoutingError {
  return new RoutingError(
    'old-format',
    'The file is an importance matrix in the format before GGUF, which keeps no count for each expert.',
    AGAIN,
  );
}

function notAnImatrix(): RoutingError {
  return new RoutingError('not-an-imatrix', 'The file is a GGUF file, but no importance matrix.', AGAIN);
}

function noExperts(): RoutingError {
  return new RoutingError(
    'no-experts',
    'The importance matrix holds no counts of experts: it was made of a dense model, or by an old llama.cpp.',
    AGAIN,
  );
}

function damaged(what: string): RoutingError {
  return new RoutingError('damaged', `The importance matrix is damaged: ${what}.`, AGAIN);
}
