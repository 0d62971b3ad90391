import type { Model, Tensor } from '../../model/schema';
import { homeInBlock, type LayerHomes } from '../layer-homes';
import { indexOf } from '../model-index';
import { type Moved, namedTensors } from '../named-tensors';
import type { Settings } from '../settings';
import { familyIndex } from './quant-family';
import { quantFamilies } from './schema';
import { expertShare, type FamilyBytes, multiplyAdds, tokenReads } from './token-reads';

/** Weights of one kind in one place, by family: what one token reads of them and multiplies with. */
export interface Portion {
  /** Position among the devices in use; behind the last of them the host. */
  readonly home: number;
  readonly kind: 'experts' | 'others' | 'output';
  readonly bytes: FamilyBytes;
  readonly multiplyAdds: FamilyBytes;
}

export interface PlacedWeights {
  readonly portions: readonly Portion[];
  /** Blocks on a device that have experts on the host. */
  readonly waiting: number;
}

/** Where the weights of a token's path lie; by whole runs of blocks, or tensor by tensor where names move some. */
export function placedWeights(model: Model, settings: Settings, homes: LayerHomes): PlacedWeights {
  return settings.overrides.length > 0 ? byName(model, settings, homes) : byBlocks(model, settings, homes);
}

function byBlocks(model: Model, settings: Settings, homes: LayerHomes): PlacedWeights {
  const reads = tokenReads(model)!;
  const blocks = homes.blocks.length;
  const moved = Math.min(Math.max(settings.cpuMoeLayers, 0), blocks);
  const portions: Portion[] = [];
  let waiting = 0;
  const put = (home: number, kind: 'experts' | 'others', from: number, to: number): void => {
    if (from === to) return;
    const [bytes, work] =
      kind === 'experts' ? [reads.experts, reads.expertWork] : [reads.others, reads.otherWork];
    portions.push({
      home,
      kind,
      bytes: between(bytes, from, to),
      multiplyAdds: between(work, from, to),
    });
  };
  for (let from = 0; from < blocks;) {
    const home = homes.blocks[from]!;
    let to = from + 1;
    while (to < blocks && homes.blocks[to] === home) to++;
    const kept = Math.min(Math.max(moved, from), to);
    put(home, 'others', from, to);
    put(homes.host, 'experts', from, kept);
    put(home, 'experts', kept, to);
    if (home !== homes.host) waiting += reads.expertBlocks[kept]! - reads.expertBlocks[from]!;
    from = to;
  }
  const { output, outputWork, firstLayer, firstLayerWork } = reads;
  portions.push(
    { home: homes.output, kind: 'output', bytes: output, multiplyAdds: outputWork },
    {
      home: homes.blocks[0] ?? homes.output,
      kind: 'others',
      bytes: firstLayer,
      multiplyAdds: firstLayerWork,
    },
  );
  return { portions, waiting };
}

function between(sums: readonly FamilyBytes[], from: number, to: number): FamilyBytes {
  return sums[to]!.map((sum, family) => sum - sums[from]![family]!);
}

/** As by blocks, with each tensor that a name moves taken from one place and put in another. */
function byName(model: Model, settings: Settings, homes: LayerHomes): PlacedWeights {
  const index = indexOf(model);
  const share = expertShare(model)!;
  const named = namedTensors(model, settings.overrides);
  const plain = byBlocks(model, settings, homes);
  const portions = new Portions(plain.portions);
  let { waiting } = plain;
  for (const [layer, moved] of named.blocks) {
    const experts = index.experts[layer]!;
    for (const { ordinal, home } of moved) {
      const tensor = index.tensorsByLayer[layer]![ordinal]!;
      const [kind, part] = experts[ordinal] === 1 ? (['experts', share] as const) : (['others', 1] as const);
      const from = homeInBlock(layer, ordinal, index, homes, settings);
      portions.move(tensor, kind, part, from, placeOf(home, homes));
    }
    waiting +=
      waitsFor(experts, layer, moved, homes, settings) - waitsFor(experts, layer, [], homes, settings);
  }
  const ends = [
    ...index.output.map((tensor) => ({ tensor, kind: 'output' as const, from: homes.output })),
    ...(index.tied ? [{ tensor: index.outputMatrix!, kind: 'output' as const, from: homes.output }] : []),
    ...index.firstLayer.map((tensor) => ({
      tensor,
      kind: 'others' as const,
      from: homes.blocks[0] ?? homes.output,
    })),
  ];
  for (const { tensor, kind, from } of ends) {
    const home = named.outside.get(tensor.name);
    if (home !== undefined) portions.move(tensor, kind, 1, from, placeOf(home, homes));
  }
  return { portions: portions.list(), waiting };
}

function placeOf(home: Moved['home'], { host }: LayerHomes): number {
  return home === 'host' ? host : home;
}

/** 1 where a block on a device has any of its experts on the host, else 0. */
function waitsFor(
  experts: Uint8Array,
  layer: number,
  moved: readonly Moved[],
  { host, blocks }: LayerHomes,
  { cpuMoeLayers }: Settings,
): number {
  if (blocks[layer] === host) return 0;
  const onHost = layer < cpuMoeLayers;
  for (let ordinal = 0; ordinal < experts.length; ordinal++) {
    if (experts[ordinal] !== 1) continue;
    const named = moved.find((each) => each.ordinal === ordinal);
    if (named === undefined ? onHost : named.home === 'host') return 1;
  }
  return 0;
}

/** What is left of a sum of shares that cancel: less than a byte, or a multiplication. */
const NOTHING = 0.5;

function withoutRest(sum: number): number {
  return Math.abs(sum) < NOTHING ? 0 : sum;
}

class Portions {
  readonly #sums = new Map<
    string,
    { home: number; kind: Portion['kind']; bytes: number[]; work: number[] }
  >();

  constructor(portions: readonly Portion[]) {
    for (const { home, kind, bytes, multiplyAdds: work } of portions) {
      const sum = this.#at(home, kind);
      for (let family = 0; family < bytes.length; family++) {
        sum.bytes[family]! += bytes[family]!;
        sum.work[family]! += work[family]!;
      }
    }
  }

  move(tensor: Tensor, kind: Portion['kind'], share: number, from: number, to: number): void {
    const family = familyIndex(tensor.type);
    const bytes = tensor.bytes * share;
    const work = multiplyAdds(tensor) * share;
    const [before, after] = [this.#at(from, kind), this.#at(to, kind)];
    before.bytes[family]! -= bytes;
    before.work[family]! -= work;
    after.bytes[family]! += bytes;
    after.work[family]! += work;
  }

  list(): readonly Portion[] {
    return [...this.#sums.values()].map(({ home, kind, bytes, work }) => ({
      home,
      kind,
      bytes: bytes.map(withoutRest),
      multiplyAdds: work.map(withoutRest),
    }));
  }

  #at(home: number, kind: Portion['kind']): { bytes: number[]; work: number[] } {
    const key = `${home} ${kind}`;
    const known = this.#sums.get(key);
    if (known !== undefined) return known;
    const fresh = { home, kind, bytes: quantFamilies.map(() => 0), work: quantFamilies.map(() => 0) };
    this.#sums.set(key, fresh);
    return fresh;
  }
}
