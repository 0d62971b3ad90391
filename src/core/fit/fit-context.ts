import type { Settings } from '../plan/settings';
import { type FitRows, measure } from './fit-memory';
import type { FitQuestion } from './fit-question';

/** Whether the context alone settles it, and the settings so far. */
export interface FitContext {
  readonly done: 'unchanged' | 'changed' | null;
  readonly settings: Settings;
}

const MOST = 2 ** 32 - 1;
/** Contexts are rounded down to so many cells a stream. */
const STEP = 256;

/** Steps 1 and 2 of `common/fit.cpp: common_params_fit_impl`: does it fit as it is, else would a smaller context help? */
export function fitContext(question: FitQuestion, layers: number): FitContext {
  const range = contextRange(question);
  const full = { ...question.settings, context: question.context ?? range.most };
  const rows = measure(question, full);
  if (fitsAsIs(question, rows)) return { done: 'unchanged', settings: full };
  const cut = reduced(question, full, rows, layers, range);
  return cut ?? { done: null, settings: full };
}

interface ContextRange {
  readonly most: number;
  readonly least: number;
  readonly streams: number;
}

function contextRange({ model, settings, smallestContext }: FitQuestion): ContextRange {
  const sequences = Math.max(1, settings.sequences);
  const streams = settings.unified ? 1 : sequences;
  return {
    most: Math.min(MOST, (model.context_trained ?? 0) * sequences),
    least: Math.min(MOST, smallestContext * streams),
    streams,
  };
}

function fitsAsIs({ devices, hostBytes, hostMarginBytes }: FitQuestion, rows: FitRows): boolean {
  return devices.length === 0
    ? (hostBytes ?? 0) - rows.at(-1)!.total >= hostMarginBytes
    : devices.every((device, home) => device.freeBytes - rows[home]!.total >= device.marginBytes);
}

/** Null where nothing was to be gained: the sum fits, the context was given, or it is small already. */
function reduced(
  question: FitQuestion,
  full: Settings,
  rows: FitRows,
  layers: number,
  range: ContextRange,
): FitContext | null {
  const used = usedBytes(question, rows);
  const target = targetBytes(question);
  if (target - used >= 0 || question.context !== null || range.most <= range.least) return null;
  const sumTarget = target - wasted(question, rows, layers);
  const smallest = { ...full, context: range.least };
  const least = usedBytes(question, measure(question, smallest));
  if (sumTarget <= least) return { done: null, settings: smallest };
  const context = interpolated(range, sumTarget - least, used - least);
  const settings = { ...full, context };
  return { done: question.devices.length <= 1 ? 'changed' : null, settings };
}

function usedBytes({ devices }: FitQuestion, rows: FitRows): number {
  return devices.length === 0
    ? rows.at(-1)!.total
    : devices.reduce((sum, _, home) => sum + rows[home]!.total, 0);
}

function targetBytes({ devices, hostBytes, hostMarginBytes }: FitQuestion): number {
  return devices.length === 0
    ? (hostBytes ?? 0) - hostMarginBytes
    : devices.reduce((sum, { freeBytes, marginBytes }) => sum + freeBytes - marginBytes, 0);
}

/** Only whole layers, or tensors of a mixture, can be moved: of several devices each loses half a one, and half of one more. */
function wasted({ devices, model }: FitQuestion, rows: FitRows, layers: number): number {
  if (devices.length <= 1) return 0;
  const weights = devices.reduce((sum, _, home) => sum + rows[home]!.model, 0);
  const perLayer = Math.floor(weights / Math.max(1, layers));
  return Math.floor(((devices.length + 1) * perLayer) / (model.experts === null ? 2 : 6));
}

/** In whole numbers, as there: the products pass what a double holds exactly. */
function interpolated({ most, least, streams }: ContextRange, spare: number, growth: number): number {
  const context = least + Number((BigInt(most - least) * BigInt(spare)) / BigInt(growth));
  return Math.max(context - (context % (STEP * streams)), least);
}
