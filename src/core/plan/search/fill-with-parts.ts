import type { Bytes } from '../../units';
import type { Layout } from './fill';
import { asSettings, expertMatrices, firstBlocks, type HostExperts, lastBlocks } from './host-experts';
import type { Ledger, Weighed } from './ledger';
import { keyOf, placingOf } from './shape';
import type { Question } from '../placement';
import type { Valuer } from './value';

/** Parts are brought one after the other; the room that is left shrinks fast. */
const MOST_PARTS = 2;
/** Buffers may grow with a part; so often a smaller one is tried. */
const MOST_RETRIES = 2;

/** Buffers differ with the blocks whose experts stay on the host: so many more of them are tried. */
const MOST_MORE = 1;

/**
 * What is left on a device after whole layers holds parts of one more: single matrices of experts that stayed on the host, the most
 * bytes first; and it matters which blocks' experts stay there, the first (`-ncmoe`) or the last. As good as the best placement so
 * far, or better.
 */
export function fillWithParts(question: Question, ledger: Ledger, valuer: Valuer, best: Weighed): Weighed {
  const { request } = question;
  if (request.cpu_moe_layers !== null || request.overrides.length > 0) return best;
  const starts = new Set([best, ledger.bestOf('experts-on-host')]);
  return [...starts].reduce<Weighed>((found, start) => {
    if (start === null || !start.fits || start.candidate.settings.cpuMoeLayers === 0) return found;
    const filled = fillFrom({ question, ledger, valuer, layout: layoutOf(question, start.candidate) }, start);
    return ledger.isBetter(filled, found) ? filled : found;
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
  let best = start;
  let host = from;
  let held = 0;
  for (let part = 0, retries = 0; part < MOST_PARTS && retries < MOST_RETRIES;) {
    const next = largestPart(question, layout, host, best, held);
    if (next === null) break;
    const found = weighHost(filling, start, next);
    if (ledger.isBetter(found, best)) {
      best = found;
      host = next;
      part++;
    } else {
      held += Math.max(1, found.candidate.short ?? 0);
      retries++;
    }
  }
  return best;
}

function weighHost(
  { question, ledger, valuer, layout }: Filling,
  start: Weighed,
  host: HostExperts,
): Weighed {
  const { settings } = start.candidate;
  const placing = { ...placingOf(question, settings, layout), ...asSettings(question.model, host) };
  const patterns = placing.overrides.map(({ pattern }) => pattern.source);
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

/** The host's experts less the most bytes of one block that its device still has room for; null where it has room for none. */
function largestPart(
  { model }: Question,
  { devices, starts }: Layout,
  host: HostExperts,
  { candidate }: Weighed,
  held: Bytes,
): HostExperts | null {
  const matrices = expertMatrices(model);
  const seen = new Set<string>();
  let most = 0;
  let chosen: HostExperts | null = null;
  for (let position = devices.length - 1; position >= 0; position--) {
    const row = candidate.rows.find(({ device }) => device === devices[position]!.name);
    const room = (row?.budget_bytes ?? 0) - (row?.total_bytes ?? 0) - held;
    for (let block = starts[position + 1]! - 1; block >= starts[position]!; block--) {
      const names = host.get(block);
      const kept = names === undefined ? [] : matrices[block]!.filter(({ name }) => names.has(name));
      // blocks that are alike have the same parts
      const alike = `${position} ${kept.map(({ bytes }) => bytes).join()}`;
      if (kept.length === 0 || seen.has(alike)) continue;
      seen.add(alike);
      for (const part of subsetsOf(kept)) {
        const bytes = part.reduce((sum, matrix) => sum + matrix.bytes, 0);
        if (bytes > room || bytes <= most) continue;
        most = bytes;
        const rest = kept.filter((matrix) => !part.includes(matrix)).map(({ name }) => name);
        chosen = new Map([...host, [block, new Set(rest)]]);
      }
    }
  }
  return chosen;
}

/** Every choice of one or more, all of them first; a block has three or four matrices. */
function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = 2 ** Math.min(items.length, 4);
  return Array.from({ length: count - 1 }, (_, index) =>
    items.filter((_each, at) => ((count - 1 - index) >> at) & 1),
  );
}
