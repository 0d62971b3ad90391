import { encodingBytes, type ImageEncoder } from '../model/projector';
import type { Model } from '../model/schema';
import { type Bytes, MIB, sumKnown } from '../units';
import { layerHomes } from './layer-homes';
import { partsOf } from './memory';
import { indexOf } from './model-index';
import type { Assumption } from './schema';
import { cellsOf, devicesInUse, microBatchOf, type Settings, type Target } from './settings';

/** An image projector's file, as its header has it. */
export interface Projector {
  readonly name: string;
  readonly path: string;
  /** Of the whole file. */
  readonly file_bytes: Bytes;
  /** Of its tensors; null where the header could not be read. */
  readonly tensor_bytes: Bytes | null;
  /** Null where the header does not say what is encoded how, or in a way that is not described here. */
  readonly encoder: ImageEncoder | null;
  /** Numbers a token that it hands to the model; null or absent where that is not known. */
  readonly output_length?: number | null;
}

/** What is loaded beside the model itself. */
export interface Companions {
  readonly projector: Projector | null;
  readonly draft: Model | null;
}

export const noCompanions: Companions = { projector: null, draft: null };

/**
 * What a loaded projector of a kind that is not described takes, as a multiple of its weights: reports say 1.3 to 1.4 times the file,
 * the upper end counts. The rest of it is the buffers of encoding an image.
 */
const PROJECTOR_FACTOR = 1.4;

/** Bytes that a projector takes where it lies: its weights, and the buffers of the largest image that is encoded at once. */
export function projectorBytes({ tensor_bytes: tensors, file_bytes: file, encoder }: Projector): Bytes {
  if (tensors === null || encoder === null) return Math.ceil((tensors ?? file) * PROJECTOR_FACTOR);
  return tensors + encodingBytes(encoder, encoder.most_patches);
}

/**
 * Bytes that a draft model takes beside the one that it drafts for, by device in use of its settings, the host last; null where its
 * memory is not known.
 */
export function draftBytes(draft: Model, settings: Settings, target: Target): readonly Bytes[] | null {
  const bytes: Bytes[] = [];
  const kept = keptInputs(draft, target);
  if (kept === null) return null;
  const { perStream, streams } = cellsOf(target.settings);
  // the draft's context is what the model's came to be (`common/speculative.cpp: common_speculative_init_result`)
  const own = { ...settings, context: perStream * streams, target };
  for (const row of partsOf(draft, own).rows) {
    const total = sumKnown([row.model, row.context, row.compute, row.output, kept.get(row.device) ?? 0]);
    if (total === null) return null;
    bytes.push(total);
  }
  return bytes;
}

/**
 * What goes into the blocks that DFlash reads, which the model it drafts for then keeps (`set_embeddings_layer_inp`), by the device
 * that computes it: an upper bound, as if nothing else of its buffer could lie there. Null where the model's width is not known.
 */
function keptInputs(draft: Model, { model, settings }: Target): ReadonlyMap<string, Bytes> | null {
  const kept = new Map<string, Bytes>();
  const read = draft.metadata[`${draft.architecture}.target_layers`];
  if (draft.architecture !== 'dflash' || !Array.isArray(read)) return kept;
  if (model.embedding_length === null) return null;
  const { blocks } = layerHomes(indexOf(model).layers, settings);
  const bytes = F32 * model.embedding_length * microBatchOf(settings);
  for (const layer of read) {
    const home = blocks[Math.max(0, layer - 1)];
    const device = home === undefined ? undefined : devicesInUse(settings)[home]?.name;
    kept.set(device ?? 'host', (kept.get(device ?? 'host') ?? 0) + bytes);
  }
  return kept;
}

/** Bytes beside the model's own: on each device in use and on the host; null where they are not known. */
export interface BesideBytes {
  readonly devices: readonly (Bytes | null)[];
  readonly host: Bytes | null;
}

/**
 * Companions of a plan go where the model's devices are: a projector on the first, a draft's layers over all of them. A start
 * without any keeps them on the host. Drafting widens what the model itself puts out.
 */
export function besideBytes({ projector, draft }: Companions, settings: Settings, model: Model): BesideBytes {
  const image = projector === null ? 0 : projectorBytes(projector);
  const count = devicesInUse(settings).length;
  const second = draft === null ? null : draftBytes(draft, besideSettings(settings), { model, settings });
  const outputs = draft === null ? [] : draftedOutputs(model, settings, DRAFTED_TOKENS);
  const bytes = Array.from({ length: count + 1 }, (_, home) => {
    const own = draft === null ? 0 : (second?.[home] ?? null);
    return sumKnown([own, home === 0 ? image : 0, draft === null ? 0 : outputs[home]!]);
  });
  return { devices: bytes.slice(0, -1), host: bytes.at(-1)! };
}

/** Tokens that a draft model drafts at most for each sequence where nothing is said (`common/common.h: n_max`). */
export const DRAFTED_TOKENS = 3;
const F32 = 4;

/**
 * Logits of the tokens that drafting adds to each sequence (`tools/server/server-context.cpp: server_output_limits`), by device in
 * use, the host last: counted where they are computed and where they are read, as if nothing else of either buffer could hold them.
 * Null there where the model does not say how wide they are.
 */
export function draftedOutputs(model: Model, settings: Settings, drafted: number): readonly (Bytes | null)[] {
  const host = devicesInUse(settings).length;
  const bytes: (Bytes | null)[] = Array.from({ length: host + 1 }, () => 0);
  if (drafted === 0 || settings.tool !== 'llama-server') return bytes;
  const outputs = Math.min(settings.batch, settings.sequences * (1 + drafted));
  const more = Math.max(0, outputs - Math.min(settings.batch, settings.sequences));
  const width = sumKnown([model.vocabulary, model.embedding_length]);
  const added = more === 0 ? 0 : width === null ? null : F32 * more * width;
  const home = layerHomes(indexOf(model).layers, settings).output;
  for (const place of new Set([home, host])) bytes[place] = added;
  return bytes;
}

/** What is counted for drafted tokens, and why. */
export function draftedAssumption(
  outputs: readonly (Bytes | null)[],
  drafted: number,
): readonly Assumption[] {
  const bytes = outputs.includes(null) ? null : Math.max(...outputs.map((each) => each ?? 0));
  if (bytes === 0) return [];
  return [
    {
      name: 'outputs of drafted tokens',
      value: bytes === null ? null : Math.ceil(bytes / MIB),
      unit: 'MiB',
      basis: 'predicted',
      source: `--spec-type: ${drafted} more outputs a sequence, an upper bound`,
    },
  ];
}

/** llama-server's settings of a draft model: types and placement of its own (`common_base_params_to_speculative`). */
export function besideSettings(settings: Settings): Settings {
  return { ...settings, keyType: 'f16', valueType: 'f16', gpuLayers: -1, cpuMoeLayers: 0, overrides: [] };
}

/** What is counted beside the model of a plan, and why. */
export function besideAssumptions(
  companions: Companions,
  settings: Settings,
  model: Model,
): readonly Assumption[] {
  const { projector, draft } = companions;
  const places = [...devicesInUse(settings).map(({ name }) => name), 'host'];
  const second =
    draft === null ? [] : (draftBytes(draft, besideSettings(settings), { model, settings }) ?? []);
  return [
    ...(projector === null ? [] : [projectorAssumption(projector, places[0]!)]),
    ...(draft === null
      ? []
      : draftedAssumption(draftedOutputs(model, settings, DRAFTED_TOKENS), DRAFTED_TOKENS)),
    ...second.flatMap((bytes, home) => (bytes === 0 ? [] : [draftAssumption(draft!, places[home]!, bytes)])),
  ];
}

/** What is counted for a projector, and why. */
export function projectorAssumption(projector: Projector, device: string): Assumption {
  const known = projector.tensor_bytes !== null && projector.encoder !== null;
  return {
    name: `image projector on ${device}`,
    value: Math.ceil(projectorBytes(projector) / MIB),
    unit: 'MiB',
    basis: known ? 'predicted' : 'assumed',
    source: known ? partsOfProjector(projector, projector.encoder) : guessOfProjector(projector),
  };
}

function partsOfProjector({ name, tensor_bytes: tensors }: Projector, encoder: ImageEncoder): string {
  const { patches_at_start: first, most_patches: most } = encoder;
  const buffers = (patches: number): string => `${Math.ceil(encodingBytes(encoder, patches) / MIB)} MiB`;
  const grown = most > first ? `, of which ${buffers(first)} are reserved at the start` : '';
  return `${name}: ${Math.ceil(tensors! / MIB)} MiB of weights and an estimated ${buffers(most)} for encoding an image of ${most} patches${grown} (0.1 % low to 16 % high on eleven projectors)`;
}

function guessOfProjector({ name, tensor_bytes: tensors }: Projector): string {
  const base = tensors === null ? 'the size' : 'the tensors';
  return `${PROJECTOR_FACTOR} times ${base} of ${name}: upper end of the 1.3 to 1.4 times that loaded projectors are reported to take`;
}

/** What is counted for a draft model, by device. */
export function draftAssumption(draft: Model, device: string, bytes: Bytes): Assumption {
  return {
    name: `draft model on ${device}`,
    value: Math.ceil(bytes / MIB),
    unit: 'MiB',
    basis: 'predicted',
    source: `weights, cache, compute and output buffers of ${draft.name}, as of the model itself`,
  };
}
