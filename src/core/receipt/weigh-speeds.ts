import { decodeAmounts, prefillAmounts } from '../calibration/cost-names';
import type { Amounts } from '../calibration/schema';
import { ArgumentsError } from '../exact/arguments-error';
import { exactSettings } from '../exact/exact-settings';
import { argumentsOf } from '../exact/plan-exact';
import type { Model } from '../model/schema';
import { deviceBudgets } from '../plan/budgets';
import type { Plan } from '../plan/schema';
import { microBatchOf, type Settings } from '../plan/settings';
import { areKnown, decodeTerms } from '../plan/speed/decode-terms';
import { prefillTerms } from '../plan/speed/prefill-terms';
import type { Profile } from '../profile/schema';
import type { MeasuredSpeed, SpeedAtDepth } from './schema';

export interface Weighing {
  readonly speeds: readonly MeasuredSpeed[];
  readonly subject: Model | null;
  readonly plan: Plan | null;
  readonly profile: Profile | null;
  readonly runtime: { readonly tool: string };
}

/** Measured speeds with what a token of each took. Null where the model, the placement or the runtime's flags are not known. */
export function weighSpeeds(weighing: Weighing): readonly SpeedAtDepth[] {
  const { speeds, subject, runtime } = weighing;
  const settings = runtime.tool === 'llama-server-url' ? null : settingsThatRan(weighing);
  return speeds.map(({ phase, depth, tokens, tok_s }) => {
    const known = subject !== null && settings !== null;
    return {
      phase,
      depth,
      tokens,
      tok_s,
      amounts: known ? amountsOf(subject, settings, { phase, depth, tokens }) : null,
    };
  });
}

/** The cache grows while tokens are written and read: on average half of them lie before each. */
function amountsOf(
  model: Model,
  settings: Settings,
  { phase, depth, tokens }: Omit<MeasuredSpeed, 'tok_s'>,
): Amounts | null {
  if (phase === 'decode') {
    const terms = decodeTerms(model, settings, depth + (tokens >> 1));
    return areKnown(terms) ? decodeAmounts(terms, model.block_count ?? 0) : null;
  }
  const batch = Math.min(tokens, microBatchOf(settings));
  const terms = prefillTerms(model, settings, batch, depth + ((tokens - batch) >> 1));
  return areKnown(terms) ? prefillAmounts(terms) : null;
}

/** What the plan's own command means on the machine that ran it; null where that cannot be told. */
function settingsThatRan({ subject, plan, profile, runtime }: Weighing): Settings | null {
  const command = plan?.commands.find(({ tool }) => tool === runtime.tool) ?? plan?.commands[0];
  if (subject === null || plan === null || profile === null || command === undefined) return null;
  try {
    const given = argumentsOf(command.argv, command.tool);
    return exactSettings(subject, given, deviceBudgets(profile, plan.request)).settings;
  } catch (error) {
    if (error instanceof ArgumentsError) return null;
    throw error;
  }
}
