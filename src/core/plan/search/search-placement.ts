import { assertNever } from '../../assert-never';
import { indexOf } from '../model-index';
import { type Candidate, type Question, weigh } from '../placement';
import { type Device, type Placing, settingsOf } from '../settings';
import { fillWithParts } from './fill-with-parts';
import { layerSums } from './layer-sums';
import { leastVram } from './least-vram';
import { Ledger, type Weighed } from './ledger';
import { longestContext } from './longest-context';
import { searchRecord } from './record';
import type { Search } from './schema';
import type { Scene, Settled } from './settle';
import { deviceShortage, placingOf, type Shape } from './shape';
import { type Valuer, valuerOf } from './value';
import { bestShape, type MakeScene } from './variants';

/** A placement, and how it was come by; null where nothing could be searched. */
export interface Found {
  readonly candidate: Candidate;
  readonly search: Search | null;
}

/**
 * The placement that serves the objective best among those that fit every device and the host; where none fits, the one that comes
 * nearest. Context checkpoints are given up only where nothing fits beside them. Where memory or a budget is not known nothing can be searched, and the user's own values or none on the device stand.
 */
export function searchPlacement(question: Question): Found {
  const found = searchOnce(question);
  if (!checkpointsDecide(question, found.candidate)) return found;
  const fewer = searchOnce({ ...question, fewerCheckpoints: true });
  return (fewer.candidate.short ?? Infinity) < found.candidate.short! ? fewer : found;
}

/** Whether nothing fits, and less on the host could change that. */
function checkpointsDecide({ budgets }: Question, candidate: Candidate): boolean {
  const { short, extras } = candidate;
  if (short === null || short === 0 || (extras.checkpoints ?? 0) === 0) return false;
  return short > (deviceShortage(candidate) ?? 0) || budgets.devices.some(({ unified }) => unified);
}

function searchOnce(question: Question): Found {
  if (!isSearchable(question)) return { candidate: weigh(question, unsearched(question)), search: null };
  const ledger = new Ledger(question);
  const valuer = valuerOf(question);
  const best = bestFor(question, valuer, (shape, own = valuer) => sceneOf(question, ledger, own, shape));
  const filled = best === null ? null : filledUp(question, ledger, valuer, best.weighed);
  const chosen = filled ?? ledger.best() ?? nearestForced(question, ledger, valuer);
  if (chosen.candidate.short === null)
    return { candidate: weigh(question, unsearched(question)), search: null };
  return { candidate: chosen.candidate, search: searchRecord(ledger, valuer, chosen) };
}

/** Where speed is what counts, room that whole layers leave is worth filling. */
function filledUp(question: Question, ledger: Ledger, valuer: Valuer, best: Weighed): Weighed {
  const { objective } = question.request;
  const isSpeed = objective === 'fastest-decode' || objective === 'shortest-turn';
  return isSpeed ? fillWithParts(question, ledger, valuer, best) : best;
}

function bestFor(question: Question, valuer: Valuer, scene: MakeScene): Settled | null {
  const { objective } = question.request;
  switch (objective) {
    case 'longest-context':
      return longestContext(question, scene);
    case 'least-vram':
      return leastVram(question, scene);
    case 'fastest-decode':
    case 'shortest-turn':
      return bestShape(question, valuer, scene);
    default:
      return assertNever(objective);
  }
}

function sceneOf(question: Question, ledger: Ledger, valuer: Valuer, shape: Shape): Scene | null {
  const { model, request, budgets } = question;
  const placing = placingOf(question, shape, { devices: budgets.devices, starts: [0], moved: 0 });
  const sums = layerSums(model, settingsOf(model, request, placing));
  return sums === null ? null : { question, shape, sums, valuer, ledger };
}

/** Whether every byte and every budget that a placement turns on is known. */
function isSearchable(question: Question): boolean {
  if (question.budgets.devices.some(({ bytes }) => bytes === null)) return false;
  const devices = asDevices(question, 1);
  return weigh(question, { devices, gpuLayers: 0, cpuMoeLayers: 0 }, 'none').short !== null;
}

/** What the user fixed, with the cache where it lies nearer to fitting, if its place was left open. */
function nearestForced(question: Question, ledger: Ledger, valuer: Valuer): Weighed {
  const placing = forced(question);
  const asked = ledger.weigh('as-asked', 'forced', placing, valuer);
  if (question.request.offload_cache !== null || placing.devices.length === 0) return asked;
  const onHost = { ...placing, offloadCache: false };
  const kept = ledger.weigh('as-asked', 'forced, cache on the host', onHost, valuer);
  return ledger.isBetter(kept, asked) ? kept : asked;
}

/** What the user fixed, where no placement of it could even be begun: over all devices, as much as may be on the host. */
function forced(question: Question): Placing {
  const { request, model, budgets } = question;
  const { layers, expertLayers } = indexOf(model);
  const devices = asDevices(question, request.split_mode === 'none' ? 1 : budgets.devices.length);
  return {
    devices,
    gpuLayers: devices.length === 0 ? 0 : Math.min(request.gpu_layers ?? layers + 1, layers + 1),
    cpuMoeLayers: Math.min(request.cpu_moe_layers ?? (expertLayers > 0 ? layers : 0), layers),
    tensorSplit:
      devices.length < 2
        ? null
        : (request.tensor_split ?? devices.map(({ freeBytes }) => shareOf(freeBytes))),
  };
}

/** Whole GiB, so that the share is one that a command line can carry. */
function shareOf(bytes: number | null): number {
  return Math.max(1, Math.round((bytes ?? 0) / 2 ** 30));
}

function unsearched(question: Question): Placing {
  const { request, model } = question;
  const { layers } = indexOf(model);
  const devices = asDevices(question, request.devices === null ? 1 : request.devices.length);
  return {
    devices,
    gpuLayers: devices.length === 0 ? 0 : Math.min(request.gpu_layers ?? 0, layers + 1),
    cpuMoeLayers: Math.min(request.cpu_moe_layers ?? 0, layers),
    tensorSplit: devices.length < 2 ? null : (request.tensor_split ?? devices.map(() => 1)),
  };
}

/** The first devices in the user's order; where there is none, those with the most room. */
function asDevices({ request, budgets }: Question, count: number): readonly Device[] {
  const devices = [...budgets.devices];
  if (request.devices === null && count < devices.length) {
    devices.sort((left, right) => (right.bytes ?? -1) - (left.bytes ?? -1));
  }
  return devices.slice(0, count).map(({ name, bytes }) => ({ name, freeBytes: bytes }));
}
