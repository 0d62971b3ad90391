import type { Model } from '../model/schema';
import { PLACES, whereOf } from './compute/allocation/chain-seats';
import { type Looks, looksOf } from './compute/flat/looks';
import { homeInBlock, type LayerHomes, runsOf } from './layer-homes';
import type { ModelIndex } from './model-index';
import { expertMoves, namedTensors } from './named-tensors';
import type { Settings } from './settings';

/** Numbers for blocks with tensors that are moved by name, the same for all models, so that what was drawn of one serves another. */
const numbers = new Map<string, number>();
const MOST_NUMBERS = 65_536;
let round = 0;

/** Begins the numbers anew where there are many; what was remembered by them must then not be found again. */
export function renewNumbers(): void {
  if (numbers.size < MOST_NUMBERS) return;
  numbers.clear();
  round++;
}

/** Another whenever the numbers are begun anew. */
export function numbersRound(): number {
  return round;
}

/** What the signatures of a placement follow from. */
interface Placing {
  readonly model: Model;
  readonly index: ModelIndex;
  readonly homes: LayerHomes;
  readonly settings: Settings;
  readonly looks: Looks;
}

/** One number a block of the trunk; where its tensors are moved by name, every tensor's home counts. */
export function blockSignatures(
  model: Model,
  index: ModelIndex,
  homes: LayerHomes,
  settings: Settings,
): Int32Array {
  const placing = { model, index, homes, settings, looks: looksOf(model) };
  const signatures = new Int32Array(index.trunk);
  for (let layer = 0; layer < signatures.length; layer++)
    signatures[layer] = plainSignature(
      placing,
      layer,
      layer < settings.cpuMoeLayers && homes.blocks[layer] !== homes.host,
    );
  signExperts(placing, signatures);
  signNamed(placing, signatures);
  return signatures;
}

/** Stretches of blocks whose experts names move together. */
function signExperts(placing: Placing, signatures: Int32Array): void {
  const { model, index, homes, settings } = placing;
  const named = namedTensors(model, settings.overrides);
  for (const { from, to, block, after } of expertMoves(named, homes, runsOf(homes), settings))
    for (let layer = from; layer < Math.min(to, signatures.length); layer++)
      signatures[layer] =
        after === homes.host || after === block
          ? plainSignature(placing, layer, after !== block)
          : signatureOf(
              placing,
              layer,
              index.experts[layer]!.map((expert) => (expert === 1 ? after : block)),
            );
}

/** Blocks of which names move single tensors. */
function signNamed(placing: Placing, signatures: Int32Array): void {
  const { model, index, homes, settings } = placing;
  for (const [layer, moves] of namedTensors(model, settings.overrides).blocks) {
    if (layer >= signatures.length) continue;
    const own = index.experts[layer]!.map((_, ordinal) =>
      homeInBlock(layer, ordinal, index, homes, settings),
    );
    for (const { ordinal, home } of moves) own[ordinal] = home === 'host' ? homes.host : home;
    signatures[layer] = signatureOf(placing, layer, own);
  }
}

/** By the home of each of its tensors. */
function signatureOf(placing: Placing, layer: number, own: Uint8Array): number {
  const { index, homes, looks } = placing;
  const apart = movedAlike(own, index.experts[layer]!, homes.blocks[layer]!, homes.host);
  if (apart !== null) return plainSignature(placing, layer, apart);
  return -1 - numberOf(`${looks.shape[layer]} ${placeOf(placing, layer, false)} ${own.join()}`);
}

function plainSignature(placing: Placing, layer: number, apart: boolean): number {
  return placing.looks.shape[layer]! * PLACES + placeOf(placing, layer, apart);
}

/** `apart`: its experts, if it has any, on the host. */
function placeOf({ looks, homes, settings }: Placing, layer: number, apart: boolean): number {
  const { host, blocks } = homes;
  const cacheHome = settings.offloadCache ? blocks[looks.cacheOwner[layer]!]! : host;
  return whereOf(blocks[layer]!, cacheHome, apart && looks.experts[layer]!, host);
}

/** Whether names move a block's tensors as `-ncmoe` does (true), or none after all (false); null for anything else. */
function movedAlike(homes: Uint8Array, experts: Uint8Array, home: number, host: number): boolean | null {
  const together = homes.every((own) => own === home);
  if (together) return false;
  const apart = homes.every((own, ordinal) => own === (experts[ordinal] === 1 ? host : home));
  return apart ? true : null;
}

function numberOf(text: string): number {
  const given = numbers.get(text) ?? numbers.size;
  numbers.set(text, given);
  return given;
}
