import type { Model } from '../model/schema';
import type { Profile } from '../profile/schema';
import { MIB } from '../units';
import type { Budget, Budgets, DeviceBudget } from './budgets';
import type { Parts } from './memory';
import { type Candidate, toMib } from './placement';
import { runtimeName } from './runtime-names';
import { devicesInUse } from './settings';
import type { Assumption, PlanRequest, Speed } from './schema';
import { WEIGHTS_PRIOR } from './speed/prior';
import { stepWords } from '../calibration/step-words';

/** Everything the plan takes as given, with where it is from. */
export function assumptionsOf(
  model: Model,
  profile: Profile,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
  decode: Speed,
): readonly Assumption[] {
  const { settings } = candidate;
  return [
    {
      name: 'context',
      value: settings.context,
      unit: 'tokens',
      basis: request.context === null ? 'default' : 'requested',
      source: request.context === null ? 'the smaller of 8192 and the trained context' : 'request',
    },
    weightsAssumption(model),
    computeAssumption(candidate.parts.computeBasis),
    ...hostAssumptions(profile, candidate, budgets),
    ...deviceAssumptions(candidate, budgets),
    ...speedAssumptions(decode),
  ];
}

/** Whether the weights were read or follow from a configuration. */
export function weightsAssumption(model: Model): Assumption {
  const read = model.source.tensors === 'read';
  return {
    name: 'weights',
    value: read ? 'tensors of the file' : 'tensors that follow from the configuration',
    unit: null,
    basis: read ? 'read' : 'predicted',
    source: model.source.locator,
  };
}

/** How the compute buffers came about. */
export function computeAssumption(basis: Parts['computeBasis']): Assumption {
  const followed = basis === 'graph';
  return {
    name: 'compute buffers',
    value: followed ? 'followed through the graph' : 'upper bound',
    unit: null,
    basis: followed ? 'predicted' : 'assumed',
    source: followed
      ? 'llama.cpp v0.5.0: ggml-alloc.c and ggml-backend.cpp, replayed over the graph of this architecture'
      : 'the graph of this architecture is not modelled; its widest step, nothing reused',
  };
}

function hostAssumptions(profile: Profile, candidate: Candidate, budgets: Budgets): readonly Assumption[] {
  const { extras, settings } = candidate;
  const list: Assumption[] = [
    {
      name: 'prompt cache',
      value: toMib(extras.promptCache),
      unit: 'MiB',
      basis: 'default',
      source: '-cram: what the host budget leaves, at most 1024 MiB',
    },
    {
      name: 'context checkpoints',
      value: extras.checkpoints === null ? null : toMib(extras.checkpoints),
      unit: 'MiB',
      basis: 'default',
      source: `-ctxcp ${extras.checkpointCount}: windowed caches and recurrent states, once for each checkpoint`,
    },
  ];
  if (!settings.device) list.push(repackAssumption(profile, candidate));
  if (budgets.gpusUnknown) {
    list.push({
      name: 'GPUs',
      value: 'none used',
      unit: null,
      basis: 'assumed',
      source: 'which there are could not be found out; -dev none makes the plan hold either way',
    });
  }
  return list;
}

function repackAssumption(profile: Profile, candidate: Candidate): Assumption {
  if (candidate.noRepack) {
    return {
      name: 'repacked weights',
      value: 0,
      unit: 'MiB',
      basis: 'default',
      source: '--no-repack, because a second copy would not fit',
    };
  }
  const known = profile.hardware.cpu.features !== null;
  return {
    name: 'repacked weights',
    value: toMib(candidate.extras.repacked),
    unit: 'MiB',
    basis: known ? 'predicted' : 'assumed',
    source: known
      ? "the types that llama.cpp repacks for this CPU's instruction sets"
      : "the CPU's instruction sets are not known, so every type that any CPU repacks is counted",
  };
}

/** What each device in use starts from, and what was held back of it. */
export function deviceAssumptions(candidate: Candidate, budgets: Budgets): readonly Assumption[] {
  const used = new Set(devicesInUse(candidate.settings).map(({ name }) => name));
  const devices = budgets.devices.filter(({ name }) => used.has(name));
  return [
    ...nameAssumptions(devices, budgets),
    ...devices.map(overheadAssumption),
    ...[...devices, { ...budgets.host, name: 'host' }].flatMap(budgetAssumptions),
  ];
}

/** What the names in `-dev` and `-ot` rest on. */
function nameAssumptions(devices: readonly DeviceBudget[], { namedBy }: Budgets): readonly Assumption[] {
  return devices.flatMap((device): readonly Assumption[] => {
    const value = runtimeName(device);
    if (value === null) return [];
    const name = `name of ${device.name}`;
    if (device.listed !== null)
      return [{ name, value, unit: null, basis: 'read', source: `${namedBy} --list-devices` }];
    const why = namedBy === null ? 'no llama-server was asked' : `${namedBy} lists no such card`;
    const source = `as builds for ${device.gpu.vendor ?? 'this maker'} cards count them, in PCI order; ${why}`;
    return [{ name, value, unit: null, basis: 'assumed', source }];
  });
}

function overheadAssumption(device: DeviceBudget): Assumption {
  const measured = device.overheadBasis === 'measured';
  return {
    name: `context overhead of ${device.name}`,
    value: Math.round(device.overhead / MIB),
    unit: 'MiB',
    basis: device.overheadBasis,
    source: measured
      ? `/hardware/gpus/${device.position}/context_overhead_mib`
      : 'upper end of the 320 to 750 MiB reported for a CUDA context; measure it with `plimsoll probe`',
  };
}

function budgetAssumptions({
  name,
  absolute,
  reserved,
  bytes,
}: Budget & { name: string }): readonly Assumption[] {
  const given: Assumption = {
    name: `budget of ${name}`,
    value: bytes === null ? null : Math.round(bytes / MIB),
    unit: 'MiB',
    basis: 'requested',
    source: 'set by the user, in place of what is free less margin',
  };
  const held: Assumption = {
    name: `reserved on ${name}`,
    value: Math.round(reserved / MIB),
    unit: 'MiB',
    basis: 'requested',
    source: 'held back for what else must fit',
  };
  return [...(absolute ? [given] : []), ...(reserved > 0 ? [held] : [])];
}

/** Receipts that came nearest to what is asked. */
function learntAssumption({ samples, step, receipts, ceiling_tok_s, forecast_tok_s }: Speed): Assumption {
  const share = forecast_tok_s === null ? null : Math.round((1000 * forecast_tok_s) / ceiling_tok_s!) / 1000;
  const differs =
    step === null || step === 'like' ? '' : `, of which the nearest differ in ${stepWords(step)}`;
  return {
    name: 'share of the ceiling that is reached',
    value: share,
    unit: null,
    basis: 'measured',
    source: `${samples} measured speeds of ${receipts.length} receipts on this machine${differs}`,
  };
}

/** What a forecast of decoding rests on; nothing where there is none. */
export function speedAssumptions(decode: Speed): readonly Assumption[] {
  if (decode.ceiling_tok_s === null) return [];
  return [
    {
      name: 'depth of the decode forecast',
      value: 0,
      unit: 'tokens',
      basis: 'default',
      source: 'an empty context; a fuller one is slower by the cache it reads',
    },
    decode.basis === 'receipts'
      ? learntAssumption(decode)
      : {
          name: 'share of the ceiling that is reached',
          value: WEIGHTS_PRIOR.expected,
          unit: null,
          basis: 'assumed',
          source: `real runs reach ${Math.round(WEIGHTS_PRIOR.slow * 100)} to ${Math.round(WEIGHTS_PRIOR.fast * 100)} % of what bandwidth allows; no receipt of this machine yet`,
        },
  ];
}
