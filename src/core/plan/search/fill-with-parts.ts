import type { Bytes } from '../../units';
import type { Layout } from './fill';
import { asSettings, expertMatrices, firstBlocks, type HostExperts, lastBlocks } from './host-experts';
import { largestPart } from './largest-part';
import { layerSums } from './layer-sums';
import type { Ledger, Weighed } from './ledger';
import { ordersOf } from './orders';
import { keyOf, placingOf } from './shape';
import { type TailLayout, tailLayout } from './tail-layout';
import { settingsOf } from '../settings';
import type { Question } from '../placement';
import type { Valuer } from './value';

/** Parts are brought one after the other; the room that is left on a device shrinks fast. */
const PARTS_A_DEVICE = 2;
/** Buffers may grow with a part; so often a smaller one is tried on a device. */
const MOST_RETRIES = 2;

/** Buffers differ with the blocks whose experts stay on the host: so many more of them are tried. */
const MOST_MORE = 1;

/**
 * What is left on a device after whole layers holds parts of one more: single matrices of experts that stayed on the host, the most
 * bytes first, whether their layer lies on that device or another; and it matters which blocks' experts stay there, the first
 * (`-ncmoe`) or the last. As good as the best placement so far, or better.
 */
export function fillWithParts(question: Question, ledger: Ledger, valuer: Valuer, best: Weighed): Weighed {
  const { request } = question;
  if (request.cpu_moe_layers !== null || request.overrides.length > 0) return best;
  const starts = new Set([best, ledger.bestOf('experts-on-host')]);
  return [...starts].reduce<Weighed>((found, start) => {
    if (start === null || !start.fits || start.candidate.settings.cpuMoeLayers === 0) return found;
    const filling = { question, ledger, valuer, layout: layoutOf(question, start.candidate) };
    const filled = fillFrom(filling, start);
    const better = ledger.isBetter(filled, found) ? filled : found;
    return fillTails(filling, start, better);
  }, best);
}

interface Filling {
  readonly question: Question;
  readonly ledger: Ledger;
  readonly valuer: Valuer;
  readonly layout: Layout;
}

function fillFrom(filling: Filling, start: Weighed): Weighed {
  const { question, ledger, layout } = filling;
  const { model } = question;
  const first = addParts(filling, start, firstBlocks(model, layout.moved));
  const least = fewestLast(question, layout, start);
  for (let more = 0; more <= MOST_MORE; more++) {
    const host = lastBlocks(model, least + more);
    const weighed = weighHost(filling, start, host);
    if (!weighed.fits) continue;
    const last = addParts(filling, weighed, host);
    return ledger.isBetter(last, first) ? last : first;
  }
  return first;
}

/** Orders of devices that are followed with the last blocks' experts on the host: the most promising. */
const MOST_TAILS = 4;
/** Buffers differ from those of the placement it starts from: so often it is laid out again with the room that they leave. */
const MOST_ROUNDS = 3;

/**
 * With several devices, the last blocks' experts on the host need layers divided otherwise: the first devices hold whole layers, the
 * last the ones without experts. As good as the best so far, or better.
 */
function fillTails(filling: Filling, start: Weighed, best: Weighed): Weighed {
  const { question, ledger } = filling;
  const { request, model, budgets } = question;
  const { settings } = start.candidate;
  const fixed = request.gpu_layers !== null || request.tensor_split !== null;
  if (fixed || budgets.devices.length < 2 || settings.splitMode !== 'layer') return best;
  const sums = layerSums(model, settings);
  if (sums === null) return best;
  const orders = request.devices === null ? ordersOf(budgets.devices) : [budgets.devices];
  const hoped = orders
    .flatMap((devices) => {
      const room = devices.map(({ bytes, overhead }) => bytes! - overhead);
      const tail = tailLayout(sums, devices, room);
      return tail === null ? [] : [{ devices, room, hope: hopeOf(filling, start, tail) }];
    })
    .sort((left, right) => right.hope - left.hope);
  let found = best;
  for (const { devices, room, hope } of hoped.slice(0, MOST_TAILS)) {
    if (hope <= found.worth) break;
    const filled = settleTail(filling, start, (left) => tailLayout(sums, devices, left), room);
    if (filled !== null && ledger.isBetter(filled, found)) found = filled;
  }
  return found;
}

/** At most so good: parts may bring a block's experts to each of the devices. */
function hopeOf({ question, valuer }: Filling, start: Weighed, { layout, count }: TailLayout): number {
  const { model, request } = question;
  const host = asSettings(model, lastBlocks(model, Math.max(0, count - layout.devices.length)));
  const placing = { ...placingOf(question, start.candidate.settings, layout), ...host };
  return valuer.worth(settingsOf(model, request, placing), null);
}

/** Null where it fits in none of the rounds. */
function settleTail(
  filling: Filling,
  start: Weighed,
  place: (room: readonly Bytes[]) => TailLayout | null,
  whole: readonly Bytes[],
): Weighed | null {
  let room = whole;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const tail = place(room);
    if (tail === null) return null;
    const own = { ...filling, layout: tail.layout };
    const host = lastBlocks(filling.question.model, tail.count);
    const weighed = weighHost(own, start, host);
    if (weighed.fits) return addParts(own, weighed, host);
    room = withoutShort(room, tail, weighed);
  }
  return null;
}

/** The room less what a placement was over each device's budget. */
function withoutShort(
  room: readonly Bytes[],
  { layout, order }: TailLayout,
  weighed: Weighed,
): readonly Bytes[] {
  const left = roomsOf(layout, weighed);
  return order.map((device, at) => {
    const used = layout.devices.indexOf(device);
    return room[at]! + Math.min(0, left[used] ?? 0);
  });
}

/** The fewest blocks at the end that weigh as much as those at the beginning, less the room that these leave. */
function fewestLast({ model }: Question, { moved }: Layout, { candidate }: Weighed): number {
  const sizes = expertMatrices(model).map((block) => block.reduce((sum, { bytes }) => sum + bytes, 0));
  const room = candidate.rows.reduce(
    (sum, { device, budget_bytes: budget, total_bytes: total }) =>
      device === 'host' ? sum : sum + (budget ?? 0) - (total ?? 0),
    0,
  );
  let needed = sizes.slice(0, moved).reduce((sum, size) => sum + size, -room);
  let count = 0;
  for (let block = sizes.length - 1; block >= 0 && needed > 0; block--, count++) needed -= sizes[block]!;
  return Math.max(1, count);
}

function addParts(filling: Filling, start: Weighed, from: HostExperts): Weighed {
  const { question, ledger, layout } = filling;
  const held = layout.devices.map(() => ({ bytes: 0, retries: 0 }));
  let best = start;
  let host = from;
  for (let part = 0; part < PARTS_A_DEVICE * held.length;) {
    const room = roomsOf(layout, best).map((bytes, at) =>
      held[at]!.retries < MOST_RETRIES ? bytes - held[at]!.bytes : 0,
    );
    const next = largestPart(question, layout, host, room);
    if (next === null) break;
    const found = weighHost(filling, start, next.host);
    if (ledger.isBetter(found, best)) {
      best = found;
      host = next.host;
      part++;
    } else {
      held[next.device]!.bytes += Math.max(1, found.candidate.short ?? 0);
      held[next.device]!.retries++;
    }
  }
  return best;
}

/** Bytes that a placement leaves free of each device's budget; none where either is unknown. */
function roomsOf({ devices }: Layout, { candidate }: Weighed): readonly Bytes[] {
  return devices.map((_, position) => {
    const { budget_bytes: budget, total_bytes: total } = candidate.rows[position]!;
    return budget === null || total === null ? 0 : budget - total;
  });
}

function weighHost(
  { question, ledger, valuer, layout }: Filling,
  start: Weighed,
  host: HostExperts,
): Weighed {
  const { settings } = start.candidate;
  const placing = { ...placingOf(question, settings, layout), ...asSettings(question.model, host) };
  const patterns = placing.overrides.map(({ pattern, home }) => `${pattern.source}=${home}`);
  const key = `${keyOf(layout, settings)} ${placing.cpuMoeLayers} ${patterns.join()}`;
  return ledger.weigh(start.kind, key, placing, valuer);
}

/** The layout that settings came from: shares are counts of layers (`fill.ts: countsOf`). */
function layoutOf({ budgets, model }: Question, { settings }: Weighed['candidate']): Layout {
  const names = settings.devices.map(({ name }) => name);
  const devices = names.map((name) => budgets.devices.find((device) => device.name === name)!);
  const blocks = expertMatrices(model).length;
  const first = blocks + 1 - settings.gpuLayers;
  const starts = [first];
  for (const count of settings.tensorSplit ?? [settings.gpuLayers]) starts.push(starts.at(-1)! + count);
  return { devices, starts, moved: settings.cpuMoeLayers };
}
