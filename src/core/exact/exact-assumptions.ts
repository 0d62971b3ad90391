import type { Model } from '../model/schema';
import type { Assumption, Speed } from '../plan/schema';
import { computeAssumption, speedAssumptions, weightsAssumption } from '../plan/assumptions';
import { MIB } from '../units';
import type { ExactArguments } from './arguments';
import type { ExactMemory } from './exact-memory';
import type { ExactSettings } from './exact-settings';

/** Everything that the judgement of arguments takes as given, with where it is from. */
export function exactAssumptions(
  model: Model,
  given: ExactArguments,
  placed: ExactSettings,
  memory: ExactMemory,
  decode: Speed,
): readonly Assumption[] {
  const { settings, devices } = placed;
  const defaulted = given.context === null;
  return [
    {
      name: 'context',
      value: settings.context,
      unit: 'tokens',
      basis: defaulted ? 'read' : 'requested',
      source: defaulted ? 'the context that the model was trained for, where -c says nothing' : 'arguments',
    },
    {
      name: 'sequences',
      value: settings.sequences,
      unit: null,
      basis: given.argv.some((word) => word === '-np' || word === '--parallel') ? 'requested' : 'default',
      source: `${given.tool}${settings.unified ? ', sharing one cache' : ', each with cells of its own'}`,
    },
    weightsAssumption(model),
    computeAssumption(memory.parts.computeBasis),
    ...memory.assumptions,
    ...(memory.extras.repacked > 0 ? [repacked(memory)] : []),
    ...devices.map((device): Assumption => ({
      name: `context overhead of ${device.name}`,
      value: Math.round(device.overhead / MIB),
      unit: 'MiB',
      basis: device.overheadBasis,
      source:
        device.overheadBasis === 'measured'
          ? `/hardware/gpus/${device.position}/context_overhead_mib`
          : 'upper end of the 320 to 750 MiB reported for a CUDA context; measure it with `plimsoll probe`',
    })),
    ...speedAssumptions(decode),
  ];
}

function repacked(memory: ExactMemory): Assumption {
  return {
    name: 'repacked weights',
    value: Math.round(memory.extras.repacked / MIB),
    unit: 'MiB',
    basis: 'predicted',
    source: "the types that llama.cpp repacks for this CPU's instruction sets; --no-repack spares them",
  };
}
