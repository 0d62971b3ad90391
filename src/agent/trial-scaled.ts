import { ExpectedError } from '../contract/errors';
import { shapeOf } from '../core/calibration/likeness';
import type { Model } from '../core/model/schema';
import type { Plan } from '../core/plan/schema';
import type { Profile } from '../core/profile/schema';
import type { TrialFacts } from '../core/receipt/build-receipt';
import { mergeEnvelopes } from '../core/receipt/merge-starts';
import { scaleSpeeds } from '../core/receipt/scale-layers';
import type { Receipt } from '../core/receipt/schema';
import { weighSpeeds } from '../core/receipt/weigh-speeds';
import { layersOf } from './trial-ballast';

/** What a whole model would have measured, worked out from two of its parts. Throws ExpectedError where they do not tell. */
export function scaledOutcome(
  model: Model,
  parts: readonly Receipt[],
  plan: Plan,
  profile: Profile | null,
): Omit<TrialFacts, 'id' | 'created' | 'generator' | 'os'> {
  const [small, large] = parts as readonly [Receipt, Receipt];
  const { tool, build, backends, split_mode: splitMode } = large.conditions;
  const runtime = { tool: tool as TrialFacts['runtime']['tool'], build, backends, splitMode };
  const layers = parts.map(layersOf);
  const wholes = weighSpeeds({ speeds: large.speeds, subject: model, plan, profile, runtime });
  const speeds = scaleSpeeds(
    [
      { layers: layers[0]!, speeds: small.speeds },
      { layers: layers[1]!, speeds: large.speeds },
    ],
    model.block_count!,
    wholes,
  );
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
    scaled: { layers, of: model.block_count!, receipts: parts.map(({ id }) => id) },
    notes: ['Memory was not measured: no more than the parts were ever loaded.'],
    speeds,
    starts: [],
    envelope: mergeEnvelopes(parts.map(({ envelope }) => envelope)),
    stoppedBy: null,
    otherGpuProcesses: [],
    powerSource: large.conditions.power_source,
  };
}

function notTold(layers: readonly number[]): ExpectedError {
  return new ExpectedError(
    'not-scaled',
    `${layers.join(' and ')} layers were so alike in speed, or measured so differently, that the whole does not follow from them.`,
    'Measure more layers with --layers, on a quieter machine, or start the runtime more often with --starts.',
  );
}
