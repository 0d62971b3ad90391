import type { Model, Tensor } from '../../model/schema';
import { homeInBlock, type LayerHomes, type Run, runsOf } from '../layer-homes';
import { indexOf } from '../model-index';
import { expertMoves, type Moved, namedTensors } from '../named-tensors';
import type { Settings } from '../settings';
import { familyIndex } from './quant-family';
import { quantFamilies } from './schema';
import { expertShare, type FamilyBytes, multiplyAdds, tokenReads } from './token-reads';

export const portionKinds = ['others', 'experts', 'output'] as const;

/** Weights of one kind in one place, by family: what one token reads of them and multiplies with. */
export interface Portion {
  /** Position among the devices in use; behind the last of them the host. */
  readonly home: number;
  readonly kind: (typeof portionKinds)[number];
  readonly bytes: FamilyBytes;
  readonly multiplyAdds: FamilyBytes;
}

/** Where the weights of a token's path lie, kind by kind; places without any are left out. */
export function weightPortions(model: Model, settings: Settings, homes: LayerHomes): readonly Portion[] {
  const runs = runsOf(homes);
  const bytes = placedWeights(model, settings, homes, runs, 'bytes').sums;
  const work = placedWeights(model, settings, homes, runs, 'multiplyAdds').sums;
  const portions: Portion[] = [];
  for (let home = 0; home <= homes.host; home++) {
    for (const [position, kind] of portionKinds.entries()) {
      const from = slotOf(home, position);
      const own = [...bytes.subarray(from, from + FAMILIES)];
      if (own.some((each) => each !== 0))
        portions.push({ home, kind, bytes: own, multiplyAdds: [...work.subarray(from, from + FAMILIES)] });
    }
  }
  return portions;
}

const FAMILIES = quantFamilies.length;
const KINDS = portionKinds.length;
const [OTHERS, EXPERTS, OUTPUT] = [0, 1, 2];

/** Position of the first family's sum of a home and a kind (by its position in `portionKinds`). */
export function slotOf(home: number, kind: number): number {
  return (home * KINDS + kind) * FAMILIES;
}

type Amount = 'bytes' | 'multiplyAdds';

export interface PlacedWeights {
  /** By home, kind and family (`slotOf`). */
  readonly sums: Float64Array;
  /** Blocks on a device that have experts on the host. */
  readonly waiting: number;
}

/** What one token reads of its weights, or multiplies with them, where they lie: by whole runs of blocks, and what names move one by one. */
export function placedWeights(
  model: Model,
  settings: Settings,
  homes: LayerHomes,
  runs: readonly Run[],
  amount: Amount,
): PlacedWeights {
  const sums = new Float64Array((homes.host + 1) * KINDS * FAMILIES);
  const placing: Placing = { sums, model, settings, homes, runs, amount };
  const waiting = addBlocks(placing);
  if (settings.overrides.length === 0) return { sums, waiting };
  const more = moveBlocks(placing) + moveNamed(placing);
  for (let slot = 0; slot < sums.length; slot++) if (Math.abs(sums[slot]!) < NOTHING) sums[slot] = 0;
  return { sums, waiting: waiting + more };
}

/** What is placed, and the sums that it is added to. */
interface Placing {
  readonly sums: Float64Array;
  readonly model: Model;
  readonly settings: Settings;
  readonly homes: LayerHomes;
  readonly runs: readonly Run[];
  readonly amount: Amount;
}

/** What is left of a sum of shares that cancel: less than a byte, or a multiplication. */
const NOTHING = 0.5;

/** Adds everything as it lies without names, and says how many blocks wait for the host. */
function addBlocks({ sums, model, settings, homes, runs, amount }: Placing): number {
  const reads = tokenReads(model)!;
  const isBytes = amount === 'bytes';
  const [experts, others] = isBytes ? [reads.experts, reads.others] : [reads.expertWork, reads.otherWork];
  let waiting = 0;
  for (const { home, from, to } of runs) {
    const kept = Math.min(Math.max(settings.cpuMoeLayers, from), to);
    addBetween(sums, slotOf(home, OTHERS), others, from, to);
    addBetween(sums, slotOf(homes.host, EXPERTS), experts, from, kept);
    addBetween(sums, slotOf(home, EXPERTS), experts, kept, to);
    if (home !== homes.host) waiting += reads.expertBlocks[kept]! - reads.expertBlocks[from]!;
  }
  addAll(sums, slotOf(homes.output, OUTPUT), isBytes ? reads.output : reads.outputWork);
  const first = slotOf(homes.blocks[0] ?? homes.output, OTHERS);
  addAll(sums, first, isBytes ? reads.firstLayer : reads.firstLayerWork);
  return waiting;
}

function addBetween(
  sums: Float64Array,
  slot: number,
  before: readonly FamilyBytes[],
  from: number,
  to: number,
): void {
  if (from === to) return;
  const [low, high] = [before[from]!, before[to]!];
  for (let family = 0; family < FAMILIES; family++) sums[slot + family]! += high[family]! - low[family]!;
}

function addAll(sums: Float64Array, slot: number, all: FamilyBytes): void {
  for (let family = 0; family < FAMILIES; family++) sums[slot + family]! += all[family]!;
}

/** Takes all experts of the blocks that names move them of to another place, and says how many blocks more wait for the host. */
function moveBlocks({ sums, model, settings, homes, runs, amount }: Placing): number {
  const { host } = homes;
  const reads = tokenReads(model)!;
  const experts = amount === 'bytes' ? reads.experts : reads.expertWork;
  let waiting = 0;
  const named = namedTensors(model, settings.overrides);
  for (const { from, to, block, before, after } of expertMoves(named, homes, runs, settings)) {
    addBetween(sums, slotOf(before, EXPERTS), experts, to, from);
    addBetween(sums, slotOf(after, EXPERTS), experts, from, to);
    const blocks = reads.expertBlocks[to]! - reads.expertBlocks[from]!;
    if (block !== host) waiting += blocks * ((after === host ? 1 : 0) - (before === host ? 1 : 0));
  }
  return waiting;
}

/** Takes each tensor that a name moves from one place to another, and says how many blocks more wait for the host. */
function moveNamed({ sums, model, settings, homes, amount }: Placing): number {
  const index = indexOf(model);
  const share = expertShare(model)!;
  const named = namedTensors(model, settings.overrides);
  const mover = new Mover(sums, amount);
  let waiting = 0;
  for (const [layer, moved] of named.blocks) {
    const experts = index.experts[layer]!;
    for (const { ordinal, home } of moved) {
      const tensor = index.tensorsByLayer[layer]![ordinal]!;
      const from = homeInBlock(layer, ordinal, index, homes, settings);
      if (experts[ordinal] === 1) mover.move(tensor, EXPERTS, share, from, placeOf(home, homes));
      else mover.move(tensor, OTHERS, 1, from, placeOf(home, homes));
    }
    waiting +=
      waitsFor(experts, layer, moved, homes, settings) - waitsFor(experts, layer, [], homes, settings);
  }
  const moveOutside = (tensor: Tensor, kind: number, from: number): void => {
    const home = named.outside.get(tensor.name);
    if (home !== undefined) mover.move(tensor, kind, 1, from, placeOf(home, homes));
  };
  if (named.outside.size === 0) return waiting;
  for (const tensor of index.output) moveOutside(tensor, OUTPUT, homes.output);
  if (index.tied) moveOutside(index.outputMatrix!, OUTPUT, homes.output);
  for (const tensor of index.firstLayer) moveOutside(tensor, OTHERS, homes.blocks[0] ?? homes.output);
  return waiting;
}

class Mover {
  constructor(
    private readonly sums: Float64Array,
    private readonly amount: Amount,
  ) {}

  move(tensor: Tensor, kind: number, share: number, from: number, to: number): void {
    const all = this.amount === 'bytes' ? tensor.bytes : multiplyAdds(tensor);
    const family = familyIndex(tensor.type);
    this.sums[slotOf(from, kind) + family]! -= all * share;
    this.sums[slotOf(to, kind) + family]! += all * share;
  }
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
