import type { Model } from '../model/schema';
import { indexOf } from './model-index';
import { layerCounts } from './placement-flags';
import type { Plan } from './schema';
import { devicesInUse, type Settings } from './settings';

/** What was chosen, as a plan records it. */
export function placementOf(model: Model, settings: Settings, threads: number | null): Plan['placement'] {
  const counts = layerCounts(model, settings);
  const devices = devicesInUse(settings);
  return {
    context: settings.context,
    gpu_layers: settings.gpuLayers,
    // of a model without experts -ncmoe moves nothing
    cpu_moe_layers: indexOf(model).expertLayers === 0 ? 0 : settings.cpuMoeLayers,
    threads,
    devices: devices.map(({ name }, home) => ({ device: name, layers: counts[home]! })),
    tensor_split: settings.tensorSplit === null || devices.length < 2 ? null : [...settings.tensorSplit],
    split_mode: devices.length > 1 ? settings.splitMode : 'none',
    overrides: settings.overrides.map(({ pattern, home }) => ({
      pattern: pattern.source,
      device: home === 'host' ? 'host' : (devices[home]?.name ?? 'host'),
    })),
    offload_cache: settings.offloadCache,
    kv_type_k: settings.keyType,
    kv_type_v: settings.valueType,
    micro_batch: settings.microBatch,
  };
}
