import { offloadLayers, type LayersResult } from './layer-offload';
import { bytesPerParameter, formatOverhead, OVERHEAD_FACTOR } from './precision';
import type { CpuOffloadInput, PcieGeneration } from './schema';

/** A PCIe connection of 16 lanes, GB/s in one direction. */
export interface PcieConfig {
  readonly generation: PcieGeneration;
  readonly bandwidth_gb_s: number;
  readonly lanes: number;
  /** What is left of it after the protocol. */
  readonly effective_bandwidth_gb_s: number;
}

/** What the rule of thumb says of a model shared between a card and this much system memory. */
export interface CpuOffloadResult {
  readonly system_ram_required: number;
  readonly system_ram_available: number;
  readonly fits_in_ram: boolean;
  readonly offload_config: LayersResult;
  readonly pcie_generation: PcieGeneration;
  readonly pcie_effective_gb_s: number;
  /** Weights in their format with overhead, wherever they lie; GB. */
  readonly total_model_memory_gb: number;
  readonly estimated_token_speed: number;
  readonly speed_vs_full_gpu: number;
}

/** Nominal bandwidth of 16 lanes, rounded up: 15.75, 31.5 and 63 GB/s after line coding. */
const bandwidths: Readonly<Record<PcieGeneration, number>> = { '3.0': 16, '4.0': 32, '5.0': 64 };
/** Share of the bandwidth that copies see. */
const PROTOCOL_SHARE = 0.75;
/** GB that a runtime takes beside the layers on the host. */
const CPU_RUNTIME_GB = 2;
/** Tokens a second of a model of seven billion parameters in 16 bits on a card like an RTX 3090. */
const BASELINE_SPEED = 50;
const BASELINE_PARAMS_BILLION = 7;
/** How many times slower the CPU is than the card: the middle of ten to twenty. */
const CPU_SLOWDOWN = 15;
/** Effective bandwidth of PCIe 4.0, to which the others are held. */
const REFERENCE_GB_S = 24;
/** Share of the speed with part of the layers on the CPU that hangs on PCIe. */
const PCIE_SHARE = 0.3;

/** The connection of a generation. */
export function pcieConfig(generation: PcieGeneration): PcieConfig {
  const bandwidth = bandwidths[generation];
  return {
    generation,
    bandwidth_gb_s: bandwidth,
    lanes: 16,
    effective_bandwidth_gb_s: bandwidth * PROTOCOL_SHARE,
  };
}

/** Rule of thumb: layers on card and CPU, whether the latter fit in memory, and how fast that would be. */
export function offloadToCpu(input: CpuOffloadInput): CpuOffloadResult {
  const layers = offloadLayers({ ...input, safety_margin_gb: 1 });
  const required = layers.cpu_ram_used + CPU_RUNTIME_GB;
  const pcie = pcieConfig(input.pcie_generation);
  const baseline = BASELINE_SPEED / (input.params_billion / BASELINE_PARAMS_BILLION);
  const ratio = speedRatio(layers, pcie);
  return {
    system_ram_required: required,
    system_ram_available: input.system_ram_gb,
    fits_in_ram: required <= input.system_ram_gb,
    offload_config: layers,
    pcie_generation: pcie.generation,
    pcie_effective_gb_s: pcie.effective_bandwidth_gb_s,
    total_model_memory_gb: totalMemory(input),
    estimated_token_speed: baseline * ratio,
    speed_vs_full_gpu: ratio,
  };
}

function totalMemory(input: CpuOffloadInput): number {
  const weights =
    input.params_billion * bytesPerParameter[input.quantization] * formatOverhead[input.model_format];
  return weights * (1 + OVERHEAD_FACTOR);
}

/** Speed beside that of the whole model on the card. */
function speedRatio({ status, offload_ratio: onGpu }: LayersResult, pcie: PcieConfig): number {
  if (status === 'full_gpu') return 1;
  if (status === 'cpu_only') return 1 / CPU_SLOWDOWN;
  const shared = onGpu + (1 - onGpu) / CPU_SLOWDOWN;
  return shared * (1 - PCIE_SHARE + PCIE_SHARE * (pcie.effective_bandwidth_gb_s / REFERENCE_GB_S));
}
