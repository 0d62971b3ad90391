import { ExpectedError } from '../../contract/errors';
import { shapeOf } from '../../core/calibration/likeness';
import type { Model } from '../../core/model/schema';
import type { Plan } from '../../core/plan/schema';
import type { Profile } from '../../core/profile/schema';
import type { TrialFacts } from '../../core/receipt/build-receipt';
import { errorPercent } from '../../core/receipt/compare-receipt';
import { alikeStarts, leastOf } from '../../core/receipt/alike-starts';
import { faultOf, type MeasuredStart } from '../../core/receipt/judge-run';
import { mergeEnvelopes, mergeSpeeds } from '../../core/receipt/merge-starts';
import { scaleSpeeds } from '../../core/receipt/scale-layers';
import type { MeasuredSpeed, Receipt } from '../../core/receipt/schema';
import { weighSpeeds } from '../../core/receipt/weigh-speeds';
import { layersOf } from './written-ballast';
import type { Measured } from './question';

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
  const counted = startsThatCount(turns);
  const partOf = (index: 0 | 1) => ({
    layers: layers[index]!,
    speeds: parts[index]!.speeds,
    turns: counted[index]!.map((start) => turns[index]![start]!.speeds),
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
      whole:
        whole === undefined ? null : besideWhole(whole, wholeIn(turns[2] ?? [], counted[2] ?? []), speeds),
    },
    notes: [
      'Memory was not measured: no more than the parts were ever loaded.',
      `Worked out from ${leastOf(counted.slice(0, 2))} pairs of starts at one pace of memory, of ${turns[0]!.length}.`,
    ],
    speeds,
    starts: parts.flatMap((_, part) => counted[part]!.map((start) => judged(turns[part]![start]!, start))),
    // what was read beside the other starts is in the receipts of the parts
    readings: parts.flatMap((_, part) => counted[part]!.flatMap((start) => turns[part]![start]!.readings)),
    envelope: mergeEnvelopes(parts.map(({ envelope }) => envelope)),
    stoppedBy: null,
    otherGpuProcesses: [],
    powerSource: large.conditions.power_source,
  };
}

/** Of each part, and the whole, the starts that can be compared; all where there are not two of each. */
function startsThatCount(turns: readonly (readonly Measured[])[]): readonly (readonly number[])[] {
  const alike = alikeStarts(turns);
  return leastOf(alike) < 2 ? turns.map((starts) => [...starts.keys()]) : alike;
}

function judged(one: Measured, start: number): MeasuredStart {
  return { start, fault: faultOf(one), speeds: one.speeds };
}

/** What the whole measured in the starts that count. */
function wholeIn(starts: readonly Measured[], counted: readonly number[]): readonly MeasuredSpeed[] {
  return mergeSpeeds(counted.map((start) => starts[start]!.speeds));
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
