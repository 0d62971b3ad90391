import type { Model } from '../../model/schema';
import { bytesReadBefore } from '../kv-cache';
import { homeOfTensor, layerHomes, type LayerHomes } from '../layer-homes';
import { expertPattern, indexOf } from '../model-index';
import { devicesInUse, type Settings } from '../settings';
import { familyOf } from './quant-family';
import { type DecodeTerms, quantFamilies, type Read } from './schema';
import { activeBytes, expertShare, type FamilyBytes, tokenReads } from './token-reads';

/** What of the model would have to be known: a pointer into the Model. */
export interface UnknownTerms {
  readonly missing: '/layers' | '/experts/used' | '/tensors';
}

/**
 * What one decoded token with `depth` tokens before it reads, by device and kind, and how often devices wait for each other.
 * In a few microseconds where no tensor is moved by name. Source: `src/llama-model.cpp`, `docs/spec/throughput.md`.
 */
export function decodeTerms(model: Model, settings: Settings, depth: number): DecodeTerms | UnknownTerms {
  const cache = bytesReadBefore(model, settings, depth);
  if (cache === null) return { missing: '/layers' };
  if (tokenReads(model) === null) return { missing: '/experts/used' };
  if (model.tensors.length === 0) return { missing: '/tensors' };
  const homes = layerHomes(indexOf(model).layers, settings);
  const sums = new ReadSums(homes.host);
  const waiting =
    settings.overrides.length > 0
      ? addNamedWeights(model, settings, homes, sums)
      : addWeights(model, settings, homes, sums);
  addCache(cache, settings, homes, sums);
  const cacheApart = settings.offloadCache ? 0 : homes.blocks.filter((home) => home !== homes.host).length;
  return {
    depth,
    reads: sums.reads([...devicesInUse(settings).map((device) => device.name), 'host']),
    round_trips: waiting + cacheApart,
    hops: hopsOf(homes),
  };
}

/** Whether the terms could be worked out. */
export function areKnown(terms: DecodeTerms | UnknownTerms): terms is DecodeTerms {
  return 'reads' in terms;
}

/** Bytes summed by home, kind and family. */
class ReadSums {
  readonly #bytes = new Map<string, { home: number; kind: Read['kind']; family: number; bytes: number }>();
  readonly host: number;

  constructor(host: number) {
    this.host = host;
  }

  add(home: number, kind: Read['kind'], family: number, bytes: number): void {
    if (bytes === 0) return;
    const key = `${home} ${kind} ${family}`;
    const sum = this.#bytes.get(key);
    if (sum === undefined) this.#bytes.set(key, { home, kind, family, bytes });
    else sum.bytes += bytes;
  }

  addRange(home: number, before: readonly FamilyBytes[], from: number, to: number): void {
    for (let family = 0; family < quantFamilies.length; family++) {
      this.add(home, 'weights', family, before[to]![family]! - before[from]![family]!);
    }
  }

  addAll(home: number, bytes: FamilyBytes): void {
    for (const [family, own] of bytes.entries()) this.add(home, 'weights', family, own);
  }

  reads(names: readonly string[]): Read[] {
    return [...this.#bytes.values()].map(({ home, kind, family, bytes }) => ({
      device: names[home]!,
      kind,
      family: quantFamilies[family]!,
      bytes: Math.round(bytes),
    }));
  }
}

/** Weights by whole runs of blocks; returns how many blocks on a device have their experts on the host. */
function addWeights(model: Model, settings: Settings, homes: LayerHomes, sums: ReadSums): number {
  const { experts, others, output, firstLayer, expertBlocks } = tokenReads(model)!;
  const blocks = homes.blocks.length;
  const moved = Math.min(Math.max(settings.cpuMoeLayers, 0), blocks);
  let waiting = 0;
  for (let from = 0; from < blocks;) {
    const home = homes.blocks[from]!;
    let to = from + 1;
    while (to < blocks && homes.blocks[to] === home) to++;
    const kept = Math.min(Math.max(moved, from), to);
    sums.addRange(home, others, from, to);
    sums.addRange(home, experts, kept, to);
    sums.addRange(homes.host, experts, from, kept);
    if (home !== homes.host) waiting += expertBlocks[kept]! - expertBlocks[from]!;
    from = to;
  }
  sums.addAll(homes.output, output);
  sums.addAll(homes.blocks[0] ?? homes.output, firstLayer);
  return waiting;
}

/** As above where tensors are moved by name (`-ot`), tensor by tensor. */
function addNamedWeights(model: Model, settings: Settings, homes: LayerHomes, sums: ReadSums): number {
  const index = indexOf(model);
  const share = expertShare(model)!;
  let waiting = 0;
  for (const [layer, tensors] of index.tensorsByLayer.entries()) {
    let apart = false;
    for (const tensor of tensors) {
      const home = homeOfTensor(tensor, index, homes, settings);
      sums.add(home, 'weights', familyIndex(tensor.type), activeBytes(tensor, share));
      apart ||= home === homes.host && expertPattern.test(tensor.name);
    }
    if (apart && homes.blocks[layer] !== homes.host) waiting++;
  }
  for (const tensor of [...index.output, ...index.firstLayer]) {
    sums.add(homeOfTensor(tensor, index, homes, settings), 'weights', familyIndex(tensor.type), tensor.bytes);
  }
  if (index.tied) {
    const matrix = index.outputMatrix!;
    const home = homeOfTensor(matrix, index, homes, settings, true);
    sums.add(home, 'weights', familyIndex(matrix.type), matrix.bytes);
  }
  return waiting;
}

function familyIndex(type: string): number {
  return quantFamilies.indexOf(familyOf(type));
}

function addCache(
  cache: NonNullable<ReturnType<typeof bytesReadBefore>>,
  settings: Settings,
  homes: LayerHomes,
  sums: ReadSums,
): void {
  const keys = familyIndex(settings.keyType);
  const values = familyIndex(settings.valueType);
  const states = quantFamilies.indexOf('float');
  const last = cache.keys.length - 1;
  for (let from = 0; from < last;) {
    const home = homeOfCache(from, settings, homes);
    let to = from + 1;
    while (to < last && homeOfCache(to, settings, homes) === home) to++;
    sums.add(home, 'cache', keys, cache.keys[to]! - cache.keys[from]!);
    sums.add(home, 'cache', values, cache.values[to]! - cache.values[from]!);
    sums.add(home, 'state', states, cache.states[to]! - cache.states[from]!);
    from = to;
  }
}

function homeOfCache(layer: number, settings: Settings, homes: LayerHomes): number {
  return settings.offloadCache ? (homes.blocks[layer] ?? homes.host) : homes.host;
}

/** The embedding is looked up on the host; the activations then go from layer to layer and to the output. */
function hopsOf(homes: LayerHomes): number {
  let hops = 0;
  let last = homes.host;
  for (const home of [...homes.blocks, homes.output]) {
    if (home !== last) hops++;
    last = home;
  }
  return hops;
}
