import { ExpectedError } from '../contract/errors';
import { shapeOf } from '../core/calibration/likeness';
import type { Model } from '../core/model/schema';
import type { Plan } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import type { TrialFacts } from '../core/receipt/build-receipt';
import { errorPercent } from '../core/receipt/compare-receipt';
import { faultOf, type MeasuredStart } from '../core/receipt/judge-run';
import { mergeEnvelopes, mergeSpeeds } from '../core/receipt/merge-starts';
import { scaleSpeeds } from '../core/receipt/scale-layers';
import type { MeasuredSpeed, Receipt } from '../core/receipt/schema';
import { weighSpeeds } from '../core/receipt/weigh-speeds';
import { layersOf } from './trial-ballast';
import type { Measured } from './trial-question';
import { steadyTurns } from './trial-starts';

/** What was measured of a model's parts, in turns. */
export interface ScaledParts {
  readonly model: Model;
  /** Of the part with fewer layers, of the one with more, and of the whole where it was measured. */
  readonly receipts: readonly Receipt[];
  /** Starts of each. */
  readonly turns: readonly (readonly Measured[])[];
  readonly plan: Plan;
  readonly profile: Profile | null;
}

/** What a whole model would have measured, worked out from two of its parts. Throws ExpectedError where they do not tell. */
export function scaledOutcome({
  model,
  receipts,
  turns,
  plan,
  profile,
}: ScaledParts): Omit<TrialFacts, 'id' | 'created' | 'generator' | 'os'> {
  const [small, large, whole] = receipts as readonly [Receipt, Receipt, Receipt?];
  const parts = [small, large];
  const { tool, build, backends, split_mode: splitMode } = large.conditions;
  const runtime = { tool: tool as TrialFacts['runtime']['tool'], build, backends, splitMode };
  const layers = parts.map(layersOf);
  const wholes = weighSpeeds({ speeds: large.speeds, subject: model, plan, profile, runtime });
  const counted = turnsThatCount(turns);
  const partOf = (index: 0 | 1) => ({
    layers: layers[index]!,
    speeds: parts[index]!.speeds,
    turns: counted.map((turn) => turns[index]![turn]!.speeds),
  });
  const speeds = scaleSpeeds([partOf(0), partOf(1)], model.block_count!, wholes);
  if (speeds === null) throw notTold(layers);
  return {
    plan,
    profile,
    model: {
      name: model.name,
      architecture: model.architecture,
      quant: model.quant,
      header_sha256: null,
      file_bytes: null,
      ballast: true,
      shape: shapeOf(model),
    },
    subject: model,
    runtime: { ...runtime, argv: null, env: {}, context: null },
    log: null,
    method: `worked out from ${layers.join(' and ')} of ${model.block_count} layers: ${large.method ?? ''}`,
    scaled: {
      layers,
      of: model.block_count!,
      receipts: parts.map(({ id }) => id),
      whole: whole === undefined ? null : besideWhole(whole, wholeIn(turns, counted), speeds),
    },
    notes: [
      'Memory was not measured: no more than the parts were ever loaded.',
      `Worked out turn by turn, from ${counted.length} of ${turns[0]!.length} turns.`,
    ],
    speeds,
    starts: counted.flatMap((turn) => parts.map((_, index) => judged(turns[index]![turn]!, turn))),
    readings: parts.flatMap(({ readings }) => readings),
    envelope: mergeEnvelopes(parts.map(({ envelope }) => envelope)),
    stoppedBy: null,
    otherGpuProcesses: [],
    powerSource: large.conditions.power_source,
  };
}

/** Turns in which the machine stood still; all where there are not two of them. */
function turnsThatCount(turns: readonly (readonly Measured[])[]): readonly number[] {
  const steady = steadyTurns(turns);
  const count = Math.min(...turns.map((starts) => starts.length));
  return steady.length < 2 ? Array.from({ length: count }, (_, turn) => turn) : steady;
}

function judged(one: Measured, start: number): MeasuredStart {
  return { start, fault: faultOf(one), speeds: one.speeds };
}

/** What the whole measured in the turns that count. */
function wholeIn(
  turns: readonly (readonly Measured[])[],
  counted: readonly number[],
): readonly MeasuredSpeed[] {
  return mergeSpeeds(counted.flatMap((turn) => turns[2]?.[turn]?.speeds ?? []).map((speed) => [speed]));
}

function besideWhole(
  { id }: Receipt,
  whole: readonly MeasuredSpeed[],
  scaled: readonly MeasuredSpeed[],
): WholeBeside | null {
  const [measured, worked] = [whole, scaled].map(
    (each) => each.find(({ phase, depth }) => phase === 'decode' && depth === 0)?.tok_s,
  );
  if (measured === undefined || worked === undefined) return null;
  return { receipt: id, decode_tok_s: measured, error_pct: errorPercent(worked.median, measured.median) };
}

type WholeBeside = NonNullable<NonNullable<Receipt['scaled']>['whole']>;

function notTold(layers: readonly number[]): ExpectedError {
  return new ExpectedError(
    'not-scaled',
    `${layers.join(' and ')} layers were so alike in speed, or measured so differently, that the whole does not follow from them.`,
    'Measure more layers with --layers, on a quieter machine, or start the runtime more often with --starts.',
  );
}
