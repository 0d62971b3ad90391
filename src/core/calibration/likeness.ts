import { BALLAST_KEY } from '../ballast/layout-ballast';
import type { Model } from '../model/schema';
import type { Settings } from '../plan/settings';
import type { Profile } from '../profile/schema';
import { machineId } from '../receipt/machine-id';
import type { Likeness } from './schema';

/** What a forecast is for, beside the model and its placement. */
export interface Occasion {
  readonly profile: Profile;
  readonly threads: number | null;
  /** Null where any build may run it. */
  readonly build: string | null;
}

const machines = new WeakMap<Profile, string>();

/** The conditions of a forecast. `devices` that read something. */
export function likenessOf(
  model: Model,
  settings: Settings,
  devices: readonly string[],
  { profile, threads, build }: Occasion,
): Likeness {
  return {
    machine: machineOf(profile),
    runtime: settings.tool === 'node-llama-cpp' ? 'embedded' : 'llama.cpp',
    split_mode: splitOf(settings.splitMode, devices),
    devices: [...new Set(devices)].sort(),
    threads,
    flash_attention: settings.flashAttention,
    tool: settings.tool,
    build,
    weights: BALLAST_KEY in model.metadata ? 'ballast' : 'real',
    model: shapeOf(model),
  };
}

/** A split says something only where several devices share the work. */
export function splitOf(mode: string | null, devices: readonly string[]): string {
  const cards = new Set(devices.filter((device) => device !== 'host'));
  return cards.size < 2 ? 'none' : (mode ?? 'layer');
}

/** The same for a model and its ballast, another for a part of its layers: architecture, blocks and bytes of weights. */
export function shapeOf({ architecture, block_count: blocks, tensors }: Model): string {
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  return `${architecture ?? 'unknown'} ${blocks ?? 0} ${bytes}`;
}

function machineOf(profile: Profile): string {
  const before = machines.get(profile);
  if (before !== undefined) return before;
  const id = machineId(profile);
  machines.set(profile, id);
  return id;
}
