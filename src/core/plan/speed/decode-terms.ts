import type { Model } from '../../model/schema';
import { bytesReadBefore, type CacheReads } from '../kv-cache';
import { layerHomes, type LayerHomes, type Run, runsOf } from '../layer-homes';
import { indexOf } from '../model-index';
import { devicesInUse, type Settings } from '../settings';
import { familyIndex } from './quant-family';
import { type DecodeTerms, quantFamilies, type Read, type ReadKind } from './schema';
import { tokenReads } from './token-reads';
import { type PlacedWeights, placedWeights, portionKinds, slotOf } from './weight-portions';

/** What of the model would have to be known: a pointer into the Model. */
export interface UnknownTerms {
  readonly missing: '/layers' | '/experts/used' | '/tensors';
}

/**
 * What one decoded token with `depth` tokens before it reads, by device and kind, and how often devices wait for each other.
 * In a few microseconds. Source: `src/llama-model.cpp`, `docs/spec/throughput.md`.
 */
export function decodeTerms(model: Model, settings: Settings, depth: number): DecodeTerms | UnknownTerms {
  const cache = bytesReadBefore(model, settings, depth);
  if (cache === null) return { missing: '/layers' };
  if (tokenReads(model) === null) return { missing: '/experts/used' };
  if (model.tensors.length === 0) return { missing: '/tensors' };
  const homes = layerHomes(indexOf(model).layers, settings);
  const runs = runsOf(homes);
  const weights = placedWeights(model, settings, homes, runs, 'bytes');
  const sums = new ReadSums(homes.host + 1);
  sums.addWeights(weights);
  for (const { home, from, to } of cacheRuns(cache.keys.length - 1, settings, homes, runs))
    sums.addCache(home, cache, settings, from, to);
  const cacheApart = settings.offloadCache ? 0 : homes.blocks.filter((home) => home !== homes.host).length;
  return {
    depth,
    reads: sums.reads(homeNames(settings)),
    round_trips: weights.waiting + cacheApart,
    hops: hopsOf(homes, runs),
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

/** Neighbouring blocks among the first `blocks` whose cache lies in one place. */
export function cacheRuns(
  blocks: number,
  settings: Settings,
  { host }: LayerHomes,
  runs: readonly Run[],
): readonly Run[] {
  if (blocks === 0) return [];
  if (!settings.offloadCache) return [{ home: host, from: 0, to: blocks }];
  return runs
    .filter(({ from }) => from < blocks)
    .map(({ home, from, to }) => ({ home, from, to: Math.min(to, blocks) }));
}

const kinds: readonly ReadKind[] = ['weights', 'cache', 'state'];
const FAMILIES = quantFamilies.length;
const FLOAT = quantFamilies.indexOf('float');

/** Bytes summed by home, kind and family. */
class ReadSums {
  readonly #homes: number;
  readonly #bytes: Float64Array;

  constructor(homes: number) {
    this.#homes = homes;
    this.#bytes = new Float64Array(homes * kinds.length * FAMILIES);
  }

  #at(home: number, kind: number, family: number): number {
    return (home * kinds.length + kind) * FAMILIES + family;
  }

  addWeights({ sums }: PlacedWeights): void {
    for (let home = 0; home < this.#homes; home++) {
      const to = this.#at(home, 0, 0);
      for (let kind = 0; kind < portionKinds.length; kind++) {
        const from = slotOf(home, kind);
        for (let family = 0; family < FAMILIES; family++) this.#bytes[to + family]! += sums[from + family]!;
      }
    }
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
    for (let slot = 0; slot < this.#bytes.length; slot++) {
      const bytes = Math.round(this.#bytes[slot]!);
      if (bytes <= 0) continue;
      const family = slot % FAMILIES;
      const place = (slot - family) / FAMILIES;
      const kind = place % kinds.length;
      const device = names[(place - kind) / kinds.length]!;
      reads.push({ device, kind: kinds[kind]!, family: quantFamilies[family]!, bytes });
    }
    return reads;
  }
}

/** The embedding is looked up on the host; the activations then go from layer to layer and to the output. */
function hopsOf({ host, output }: LayerHomes, runs: readonly Run[]): number {
  let hops = 0;
  let last = host;
  for (const { home } of [...runs, { home: output }]) {
    if (home !== last) hops++;
    last = home;
  }
  return hops;
}
