import { spreadOf } from '../figure';
import { grouped } from '../grouped';
import type { Receipt } from '../receipt/schema';
import { nameWithQuant } from '../report/name-with-quant';
import { calibrate } from './calibrate';
import { forecastOf } from './forecast-speed';
import { measuredAgain } from './measured-again';
import type { Calibration, Observation } from './schema';
import type { Score, ScoredReceipt, ScoreLine } from './score-schema';

/**
 * How well receipts forecast each other: every measured speed is forecast from the receipts that remain when its own is left
 * out, and once more when every receipt of its model is, with what memory gave right before it; once without that, as a plan
 * must; and once with what memory gave around and within it, which tests the costs alone. What teaches nothing is counted apart, with its
 * reason.
 */
export function scoreReceipts(receipts: readonly Receipt[]): Score {
  const steps = scoring(receipts);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps: yields how much is done after each forecast, 0 to 1, so that a long score can be left between two. */
export function* scoring(receipts: readonly Receipt[]): Generator<number, Score> {
  const calibration = calibrate(receipts);
  const facts = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  const all = calibration.observations;
  const withoutReceipt = folded(calibration, all, ({ receipt }) => receipt);
  const withoutModel = folded(calibration, all, ({ likeness }) => likeness.model);
  const scored: ScoredReceipt[] = [];
  for (const each of all) {
    const remaining = { receipt: withoutReceipt(each), model: withoutModel(each) };
    scored.push(scoreOf(each, remaining, facts.get(each.receipt)!));
    yield scored.length / all.length;
  }
  const decode = scored.filter(({ phase }) => phase === 'decode');
  const prefill = scored.filter(({ phase }) => phase === 'prefill');
  return {
    receipts: receipts.length,
    left_out: [...calibration.left_out],
    all: lineOf('all', decode),
    prefill: lineOf('prompts', prefill),
    groups: groupNames.flatMap((name) => groupsOf(name, decode)),
    again: measuredAgain(scored, facts),
    scored,
  };
}

/** More refits than these tell nothing new and take long: beyond, several are left out together. */
const MOST_FOLDS = { few: 40, many: 5 } as const;
const MANY_RECEIPTS = 200;

/** What remains for each observation when all that share its group are left out. */
function folded(
  calibration: Calibration,
  all: readonly Observation[],
  groupOfIt: (own: Observation) => string,
): (own: Observation) => Calibration {
  const groups = [...new Set(all.map(groupOfIt))].sort();
  const folds = Math.min(groups.length, groups.length > MANY_RECEIPTS ? MOST_FOLDS.many : MOST_FOLDS.few);
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  const remaining = Array.from({ length: folds }, (_, fold) => ({
    ...calibration,
    observations: all.filter((each) => foldOf.get(groupOfIt(each)) !== fold),
  }));
  return (own) => remaining[foldOf.get(groupOfIt(own))!]!;
}

interface Remaining {
  readonly receipt: Calibration;
  readonly model: Calibration;
}

function scoreOf(own: Observation, remaining: Remaining, { model }: Receipt): ScoredReceipt {
  const { receipt, phase, depth, likeness } = own;
  return {
    receipt,
    phase,
    depth,
    model: nameWithQuant(model),
    quant: model.quant,
    tool: likeness.tool,
    threads: likeness.threads,
    devices: likeness.devices,
    weights: likeness.weights,
    measured_tok_s: 1 / own.seconds,
    by_receipt: forecastOf(own, remaining.receipt, 'before'),
    by_model: forecastOf(own, remaining.model, 'before'),
    as_planned: forecastOf(own, remaining.receipt, 'nothing'),
    meanwhile: forecastOf(own, remaining.receipt, 'meanwhile'),
  };
}

type Held = ScoredReceipt['by_receipt'];

const groupNames = ['quant', 'model', 'tool', 'threads', 'devices', 'weights', 'depth'] as const;

function groupsOf(name: (typeof groupNames)[number], scored: readonly ScoredReceipt[]): ScoreLine[] {
  const groups = grouped(scored, (each) => `${name}: ${groupOf(name, each)}`);
  return [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([group, own]) => lineOf(group, own));
}

function groupOf(name: (typeof groupNames)[number], each: ScoredReceipt): string {
  if (name === 'depth') return each.depth === 0 ? 'empty context' : 'with a context before';
  return name === 'devices' ? each.devices.join(' + ') : String(each[name] ?? 'unknown');
}

function lineOf(group: string, scored: readonly ScoredReceipt[]): ScoreLine {
  return {
    group,
    by_receipt: figuresOf(scored.map((each) => each.by_receipt)),
    by_model: figuresOf(scored.map((each) => each.by_model)),
    as_planned: figuresOf(scored.map((each) => each.as_planned)),
    meanwhile: figuresOf(scored.map((each) => each.meanwhile)),
  };
}

function figuresOf(all: readonly Held[]): ScoreLine['by_receipt'] {
  const held = all.filter((each) => each !== null);
  const errors = held.map(({ error_pct: error }) => Math.abs(error));
  return {
    forecasts: held.length,
    median_abs_error_pct: spreadOf(errors)?.median ?? null,
    worst_abs_error_pct: errors.length === 0 ? null : Math.max(...errors),
    coverage: held.length === 0 ? null : held.filter(({ inside }) => inside).length / held.length,
  };
}
