import type { Model } from '../../model/schema';
import { bytesReadBefore, type CacheReads } from '../kv-cache';
import { layerHomes, type LayerHomes } from '../layer-homes';
import { indexOf } from '../model-index';
import { devicesInUse, type Settings } from '../settings';
import { familyIndex } from './quant-family';
import { type DecodeTerms, quantFamilies, type Read, type ReadKind } from './schema';
import { type FamilyBytes, tokenReads } from './token-reads';
import { placedWeights } from './weight-portions';

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
  const { portions, waiting } = placedWeights(model, settings, homes);
  const sums = new ReadSums(homes.host + 1);
  for (const { home, bytes } of portions) sums.addAll(home, bytes);
  for (const { home, from, to } of cacheRuns(cache.keys.length - 1, settings, homes))
    sums.addCache(home, cache, settings, from, to);
  const cacheApart = settings.offloadCache ? 0 : homes.blocks.filter((home) => home !== homes.host).length;
  return {
    depth,
    reads: sums.reads(homeNames(settings)),
    round_trips: waiting + cacheApart,
    hops: hopsOf(homes),
  };
}

/** Whether the terms could be worked out. */
export function areKnown<Terms extends object>(terms: Terms | UnknownTerms): terms is Terms {
  return !('missing' in terms);
}

/** Names of the devices in use as rows of memory have them, the host last. */
export function homeNames(settings: Settings): readonly string[] {
  return [...devicesInUse(settings).map((device) => device.name), 'host'];
}

/** Neighbouring blocks whose cache lies in one place. */
export function cacheRuns(
  blocks: number,
  settings: Settings,
  homes: LayerHomes,
): readonly { home: number; from: number; to: number }[] {
  const runs: { home: number; from: number; to: number }[] = [];
  for (let from = 0; from < blocks;) {
    const home = homeOfCache(from, settings, homes);
    let to = from + 1;
    while (to < blocks && homeOfCache(to, settings, homes) === home) to++;
    runs.push({ home, from, to });
    from = to;
  }
  return runs;
}

function homeOfCache(layer: number, settings: Settings, homes: LayerHomes): number {
  return settings.offloadCache ? (homes.blocks[layer] ?? homes.host) : homes.host;
}

const kinds: readonly ReadKind[] = ['weights', 'cache', 'state'];
const FLOAT = quantFamilies.indexOf('float');

/** Bytes summed by home, kind and family. */
class ReadSums {
  readonly #homes: number;
  readonly #bytes: Float64Array;

  constructor(homes: number) {
    this.#homes = homes;
    this.#bytes = new Float64Array(homes * kinds.length * quantFamilies.length);
  }

  #at(home: number, kind: number, family: number): number {
    return (home * kinds.length + kind) * quantFamilies.length + family;
  }

  addAll(home: number, bytes: FamilyBytes): void {
    for (let family = 0; family < bytes.length; family++)
      this.#bytes[this.#at(home, 0, family)]! += bytes[family]!;
  }

  addCache(
    home: number,
    { keys, values, states }: CacheReads,
    settings: Settings,
    from: number,
    to: number,
  ): void {
    this.#bytes[this.#at(home, 1, familyIndex(settings.keyType))]! += keys[to]! - keys[from]!;
    this.#bytes[this.#at(home, 1, familyIndex(settings.valueType))]! += values[to]! - values[from]!;
    this.#bytes[this.#at(home, 2, FLOAT)]! += states[to]! - states[from]!;
  }

  reads(names: readonly string[]): Read[] {
    const reads: Read[] = [];
    for (let home = 0; home < this.#homes; home++) {
      for (const [kind, name] of kinds.entries()) {
        for (const [family, familyName] of quantFamilies.entries()) {
          const bytes = Math.round(this.#bytes[this.#at(home, kind, family)]!);
          if (bytes > 0) reads.push({ device: names[home]!, kind: name, family: familyName, bytes });
        }
      }
    }
    return reads;
  }
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
