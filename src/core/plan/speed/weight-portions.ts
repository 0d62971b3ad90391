import type { Model, Tensor } from '../../model/schema';
import { homeOfTensor, type LayerHomes } from '../layer-homes';
import { expertPattern, indexOf } from '../model-index';
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

function byName(model: Model, settings: Settings, homes: LayerHomes): PlacedWeights {
  const index = indexOf(model);
  const share = expertShare(model)!;
  const portions = new Portions();
  let waiting = 0;
  const put = (tensor: Tensor, kind: Portion['kind'], asOutput = false): number => {
    const home = homeOfTensor(tensor, index, homes, settings, asOutput);
    portions.add(home, kind, tensor, kind === 'experts' ? share : 1);
    return home;
  };
  for (const [layer, tensors] of index.tensorsByLayer.entries()) {
    let apart = false;
    for (const tensor of tensors) {
      const expert = expertPattern.test(tensor.name);
      const home = put(tensor, expert ? 'experts' : 'others');
      apart ||= expert && home === homes.host;
    }
    if (apart && homes.blocks[layer] !== homes.host) waiting++;
  }
  for (const tensor of index.output) put(tensor, 'output');
  for (const tensor of index.firstLayer) put(tensor, 'others');
  if (index.tied) put(index.outputMatrix!, 'output', true);
  return { portions: portions.list(), waiting };
}

class Portions {
  readonly #sums = new Map<
    string,
    { home: number; kind: Portion['kind']; bytes: number[]; work: number[] }
  >();

  add(home: number, kind: Portion['kind'], tensor: Tensor, share: number): void {
    const key = `${home} ${kind}`;
    const known = this.#sums.get(key);
    const sum = known ?? { home, kind, bytes: quantFamilies.map(() => 0), work: quantFamilies.map(() => 0) };
    if (known === undefined) this.#sums.set(key, sum);
    const family = familyIndex(tensor.type);
    sum.bytes[family]! += tensor.bytes * share;
    sum.work[family]! += multiplyAdds(tensor) * share;
  }

  list(): readonly Portion[] {
    return [...this.#sums.values()].map(({ home, kind, bytes, work }) => ({
      home,
      kind,
      bytes,
      multiplyAdds: work,
    }));
  }
}
