import { spreadOf } from '../figure';
import type { Receipt } from '../receipt/schema';
import { nameWithQuant } from '../report/name-with-quant';
import { calibrate } from './calibrate';
import { lookUp } from './look-up';
import { priorRange } from './cost-priors';
import type { Calibration, Observation } from './schema';
import type { Score, ScoredReceipt, ScoreLine } from './score-schema';

/**
 * How well receipts forecast each other: every measured decode is forecast from the receipts that remain when its own is left
 * out, and once more when every receipt of its model is, with what memory gave right before it; and once without that, as a plan
 * must. What teaches nothing is counted apart, with its reason.
 */
export function scoreReceipts(receipts: readonly Receipt[]): Score {
  const steps = scoring(receipts);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps: yields after each forecast, so that a long score can be left between two. */
export function* scoring(receipts: readonly Receipt[]): Generator<undefined, Score> {
  const calibration = calibrate(receipts);
  const facts = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  const decode = calibration.observations.filter(({ phase }) => phase === 'decode');
  const withoutReceipt = folded(calibration, decode, ({ receipt }) => receipt);
  const withoutModel = folded(calibration, decode, ({ likeness }) => likeness.model);
  const scored: ScoredReceipt[] = [];
  for (const each of decode) {
    const remaining = { receipt: withoutReceipt(each), model: withoutModel(each) };
    scored.push(scoreOf(each, remaining, facts.get(each.receipt)!));
    yield;
  }
  return {
    receipts: receipts.length,
    left_out: [...calibration.left_out],
    all: lineOf('all', scored),
    groups: groupNames.flatMap((name) => groupsOf(name, scored)),
    scored,
  };
}

/** More refits than these tell nothing new and take long: beyond, several are left out together. */
const MOST_FOLDS = { few: 40, many: 6 } as const;
const MANY_RECEIPTS = 200;

/** What remains for each observation when all that share its group are left out. */
function folded(
  calibration: Calibration,
  decode: readonly Observation[],
  groupOfIt: (own: Observation) => string,
): (own: Observation) => Calibration {
  const groups = [...new Set(decode.map(groupOfIt))].sort();
  const folds = Math.min(groups.length, groups.length > MANY_RECEIPTS ? MOST_FOLDS.many : MOST_FOLDS.few);
  const foldOf = new Map(groups.map((group, index) => [group, index % folds]));
  const remaining = Array.from({ length: folds }, (_, fold) => ({
    ...calibration,
    observations: decode.filter((each) => foldOf.get(groupOfIt(each)) !== fold),
  }));
  return (own) => remaining[foldOf.get(groupOfIt(own))!]!;
}

interface Remaining {
  readonly receipt: Calibration;
  readonly model: Calibration;
}

function scoreOf(own: Observation, remaining: Remaining, { model }: Receipt): ScoredReceipt {
  const { receipt, depth, likeness } = own;
  const pace = own.pace?.before ?? null;
  const byReceipt = forecastFrom(own, remaining.receipt, pace);
  const byModel = forecastFrom(own, remaining.model, pace);
  const asPlanned = pace === null ? byReceipt : forecastFrom(own, remaining.receipt, null);
  return {
    receipt,
    depth,
    model: nameWithQuant(model),
    quant: model.quant,
    tool: likeness.tool,
    threads: likeness.threads,
    devices: likeness.devices,
    weights: likeness.weights,
    measured_tok_s: 1 / own.seconds,
    by_receipt: byReceipt,
    by_model: byModel,
    as_planned: asPlanned,
  };
}

type Held = ScoredReceipt['by_receipt'];

function forecastFrom(
  { likeness, seconds, amounts, rates }: Observation,
  calibration: Calibration,
  pace: number | null,
): Held {
  const learnt = lookUp(calibration, likeness, 'decode', pace);
  if (learnt === null) return null;
  let [slow, expected, fast] = [0, 0, 0];
  for (const [name, amount] of Object.entries(amounts)) {
    const cost = learnt.cost(name) ?? priorRange(name, rates);
    if (cost === null) return null;
    slow += amount * cost.slow;
    expected += amount * cost.expected;
    fast += amount * cost.fast;
  }
  if (expected === 0) return null;
  return {
    step: learnt.step,
    samples: learnt.samples,
    forecast_tok_s: 1 / expected,
    low_tok_s: 1 / slow,
    high_tok_s: 1 / fast,
    error_pct: 100 * (expected / seconds - 1),
    inside: seconds <= slow && seconds >= fast,
  };
}

const groupNames = ['quant', 'model', 'tool', 'threads', 'devices', 'weights', 'depth'] as const;

function groupsOf(name: (typeof groupNames)[number], scored: readonly ScoredReceipt[]): ScoreLine[] {
  const groups = new Map<string, ScoredReceipt[]>();
  for (const each of scored) {
    const group = `${name}: ${groupOf(name, each)}`;
    groups.set(group, [...(groups.get(group) ?? []), each]);
  }
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
