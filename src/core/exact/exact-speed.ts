import type { Model } from '../model/schema';
import { bytesReadAtDepth } from '../plan/kv-cache';
import { homeOfTensor, layerHomes } from '../plan/layer-homes';
import { expertPattern, indexOf } from '../plan/model-index';
import type { Speed } from '../plan/schema';
import type { Settings } from '../plan/settings';
import { expertShare, fromCeiling, type Paging, pagedTime, unknownSpeed } from '../plan/throughput';
import type { Profile } from '../profile/schema';
import { type Bytes, fromGbps } from '../units';
import type { DeviceBudget } from './device-budgets';

/**
 * Bytes that one decoded token with nothing before it reads, by device in use, the host last: every active weight once, of
 * the experts the used share, no embedding tables. Null where the share or the cache is not known.
 */
export function trafficByHome(model: Model, settings: Settings): readonly Bytes[] | null {
  const cache = bytesReadAtDepth(model, settings, 0);
  const share = expertShare(model);
  if (cache === null || share === null) return null;
  const index = indexOf(model);
  const homes = layerHomes(index.layers, settings);
  const bytes = Array.from({ length: homes.host + 1 }, () => 0);
  for (const [layer, tensors] of index.tensorsByLayer.entries()) {
    for (const tensor of tensors) {
      const active = expertPattern.test(tensor.name) ? tensor.bytes * share : tensor.bytes;
      bytes[homeOfTensor(tensor, index, homes, settings)]! += active;
    }
    bytes[settings.offloadCache ? (homes.blocks[layer] ?? homes.host) : homes.host]! += cache[layer] ?? 0;
  }
  if (index.outputMatrix !== null) {
    bytes[homeOfTensor(index.outputMatrix, index, homes, settings, index.tied)]! += index.outputMatrix.bytes;
  }
  return bytes.map(Math.round);
}

/** Tokens a second of decoding: devices work one after the other, each at its measured bandwidth. */
export function exactDecode(
  model: Model,
  profile: Profile,
  settings: Settings,
  devices: readonly DeviceBudget[],
  paging: Paging | null,
): Speed {
  if (model.layers === null) return unknownSpeed(['/layers']);
  const traffic = trafficByHome(model, settings);
  if (traffic === null) return unknownSpeed([expertShare(model) === null ? '/experts/used' : '/layers']);
  const host = traffic.at(-1)!;
  const paged = Math.round(host * (paging?.share ?? 0));
  const times = [
    ...devices.map(({ gpu, position }, home) =>
      timeOf(traffic[home]!, gpu.vram_bw_gbps, `/hardware/gpus/${position}/vram_bw_gbps`),
    ),
    timeOf(host - paged, profile.hardware.memory.cpu_mem_bw_gbps, '/hardware/memory/cpu_mem_bw_gbps'),
    pagedTime(model, profile, paged),
  ];
  const missing = times.filter((time) => typeof time === 'string');
  if (missing.length > 0) return unknownSpeed(missing);
  const seconds = times.reduce<number>((sum, time) => sum + (typeof time === 'number' ? time : 0), 0);
  return seconds === 0 ? unknownSpeed(['/tensors']) : fromCeiling(1 / seconds);
}

/** Seconds; or the field that would have to be known. */
function timeOf(bytes: Bytes, gbps: number | null, field: string): number | string {
  if (bytes === 0) return 0;
  const rate = fromGbps(gbps);
  return rate === null || rate <= 0 ? field : bytes / rate;
}
