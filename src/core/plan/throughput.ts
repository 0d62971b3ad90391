import type { Model } from '../model/schema';
import type { Disk, Profile } from '../profile/schema';
import { type Bytes, fromGbps, MB } from '../units';
import type { Budgets } from './budgets';
import { bytesReadAtDepth } from './kv-cache';
import { expertPattern, indexOf } from './model-index';
import type { Speed } from './schema';
import type { Settings } from './settings';
import { firstDeviceLayer } from './weights';

/**
 * What real runs reach of the bandwidth ceiling before anything was measured here: 40 to 85 %, by quantisation, threads
 * and depth, in published runs and own ones; 60 % is their middle. Receipts replace all three.
 */
export const PRIOR = { low: 0.4, forecast: 0.6, high: 0.85 } as const;

/** Bytes that one decoded token reads, by where they lie. */
export interface TokenTraffic {
  readonly device: Bytes;
  readonly host: Bytes;
}

/**
 * Weights and cache that one token at `depth` reads: every active weight once, of the experts the used share, no embedding
 * tables (a token looks up one row). Null where the share or the cache is not known.
 */
export function trafficOf(model: Model, settings: Settings, depth: number): TokenTraffic | null {
  const cache = bytesReadAtDepth(model, settings, depth);
  const share = expertShare(model);
  if (cache === null || share === null) return null;
  const index = indexOf(model);
  const first = firstDeviceLayer(index.layers, settings);
  let device = 0;
  let host = 0;
  for (const [layer, tensors] of index.tensorsByLayer.entries()) {
    const onDevice = layer >= first;
    for (const tensor of tensors) {
      const expert = expertPattern.test(tensor.name);
      const bytes = expert ? tensor.bytes * share : tensor.bytes;
      const moved = expert && layer < settings.cpuMoeLayers;
      if (onDevice && !moved) device += bytes;
      else host += bytes;
    }
    if (onDevice && settings.offloadCache) device += cache[layer] ?? 0;
    else host += cache[layer] ?? 0;
  }
  const output = index.outputMatrix?.bytes ?? 0;
  if (first <= index.layers) device += output;
  else host += output;
  return { device: Math.round(device), host: Math.round(host) };
}

/** Share of a layer's experts that a token uses; 1 for a dense model, null where the file does not say. */
export function expertShare(model: Model): number | null {
  if (model.experts === null) return 1;
  return model.experts.used === null ? null : model.experts.used / model.experts.count;
}

/** What paging reads from the disk each token: the part of the host's weights that does not fit. */
export interface Paging {
  /** 0 to 1: bytes over the budget of all host weights. */
  readonly share: number;
}

/** Tokens a second of decoding at `depth`: the ceiling that measured bandwidth sets, and an interval from the prior. */
export function forecastDecode(
  model: Model,
  profile: Profile,
  settings: Settings,
  budgets: Budgets,
  depth: number,
  paging: Paging | null,
): Speed {
  const traffic = trafficOf(model, settings, depth);
  if (traffic === null) return unknownSpeed([expertShare(model) === null ? '/experts/used' : '/layers']);
  const times: (number | null)[] = [];
  const missing: string[] = [];
  const add = (bytes: Bytes, bytesPerSecond: number | null, field: string): void => {
    if (bytes === 0) return;
    if (bytesPerSecond === null || bytesPerSecond <= 0) missing.push(field);
    else times.push(bytes / bytesPerSecond);
  };
  const paged = Math.round(traffic.host * (paging?.share ?? 0));
  if (budgets.gpu !== null) {
    add(
      traffic.device,
      fromGbps(budgets.gpu.gpu.vram_bw_gbps),
      `/hardware/gpus/${budgets.gpu.position}/vram_bw_gbps`,
    );
  }
  add(traffic.host - paged, hostBandwidth(profile), '/hardware/memory/cpu_mem_bw_gbps');
  const waited = pagedTime(model, profile, paged);
  if (typeof waited === 'string') missing.push(waited);
  else times.push(waited);
  if (missing.length > 0) return unknownSpeed(missing);
  const seconds = times.reduce<number>((sum, time) => sum + (time ?? 0), 0);
  if (seconds === 0) return unknownSpeed(['/tensors']);
  return fromCeiling(1 / seconds);
}

/** Seconds that a token waits for `paged` bytes from the disk; or the field that would have to be known. */
export function pagedTime(model: Model, profile: Profile, paged: Bytes): number | string {
  if (paged === 0) return 0;
  const disk = diskFor(model, profile);
  const rate = diskBandwidth(disk?.disk ?? null);
  if (rate !== null && rate > 0) return paged / rate;
  return disk === null ? '/hardware/disks' : `/hardware/disks/${disk.position}/nvme_rand_qd1_read_mbps`;
}

function hostBandwidth(profile: Profile): number | null {
  return fromGbps(profile.hardware.memory.cpu_mem_bw_gbps);
}

/** Pages come back in small random reads, far below the disk's headline. */
function diskBandwidth(disk: Disk | null): number | null {
  return disk === null || disk.nvme_rand_qd1_read_mbps === null ? null : disk.nvme_rand_qd1_read_mbps * MB;
}

/** The measured disk that the model's file lies on, else the first that was measured. */
function diskFor(model: Model, profile: Profile): { disk: Disk; position: number } | null {
  const measured = profile.hardware.disks
    .map((disk, position) => ({ disk, position }))
    .filter(({ disk }) => disk.refused === null);
  const own = measured.filter(({ disk }) => model.source.locator.startsWith(disk.mount ?? disk.directory));
  own.sort((left, right) => (right.disk.mount ?? '').length - (left.disk.mount ?? '').length);
  return own[0] ?? measured[0] ?? null;
}

/** The interval that the prior gives around a ceiling. */
export function fromCeiling(ceiling: number): Speed {
  return {
    ceiling_tok_s: ceiling,
    forecast_tok_s: ceiling * PRIOR.forecast,
    low_tok_s: ceiling * PRIOR.low,
    high_tok_s: ceiling * PRIOR.high,
    basis: 'prior',
    samples: 0,
    missing: [],
  };
}

/** Prefill is bound by arithmetic, or by PCIe where weights are copied; nothing in a profile measures the first yet. */
export function forecastPrefill(): Speed {
  return unknownSpeed(['a measured prompt: run a trial']);
}

export function unknownSpeed(missing: readonly string[]): Speed {
  return {
    ceiling_tok_s: null,
    forecast_tok_s: null,
    low_tok_s: null,
    high_tok_s: null,
    basis: null,
    samples: 0,
    missing: [...missing],
  };
}
