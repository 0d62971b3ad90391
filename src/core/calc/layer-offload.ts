import { bytesPerParameter, formatOverhead, OVERHEAD_FACTOR } from './precision';
import type { LayersInput } from './schema';

/** What the rule of thumb says of a model whose layers are shared between card and CPU; memory in GB. */
export interface LayersResult {
  readonly total_layers: number;
  readonly layers_on_gpu: number;
  readonly layers_on_cpu: number;
  /** Layers on the card, cache and overhead; without any layer there still the latter two. */
  readonly gpu_vram_used: number;
  readonly cpu_ram_used: number;
  readonly offload_ratio: number;
  /** Percent slower than with all layers on the card. */
  readonly performance_impact: number;
  readonly recommended_gpu_split: string;
  readonly status: 'full_gpu' | 'partial_offload' | 'cpu_only';
  readonly layer_size_gb: number;
  readonly kv_cache_gb: number;
  readonly overhead_gb: number;
}

/** Slow-down of a CPU alone, in percent: the rule of thumb says ten times, roughly. */
const CPU_ONLY_IMPACT = 1000;
/** Slow-down in percent where all layers but a trace are on the CPU: three for every tenth of the layers. */
const IMPACT_OF_ALL_LAYERS = 30;

/** Rule of thumb: as many even layers on the card as its memory holds after cache, overhead and margin. */
export function offloadLayers(input: LayersInput): LayersResult {
  const weights = input.params_billion * bytesPerParameter[input.quantization];
  const layerSize = (weights / input.num_layers) * formatOverhead[input.model_format];
  const cache = (input.kv_cache_mb_per_token * input.context_tokens) / 1024;
  const overhead = weights * OVERHEAD_FACTOR;
  const available = input.gpu_vram_gb - cache - overhead - input.safety_margin_gb;
  const onGpu = available <= 0 ? 0 : Math.min(input.num_layers, Math.floor(available / layerSize));
  const onCpu = input.num_layers - onGpu;
  return {
    total_layers: input.num_layers,
    layers_on_gpu: onGpu,
    layers_on_cpu: onCpu,
    gpu_vram_used: onGpu * layerSize + cache + overhead,
    cpu_ram_used: onCpu * layerSize,
    offload_ratio: onGpu / input.num_layers,
    ...impactOf(onGpu, input.num_layers),
    layer_size_gb: layerSize,
    kv_cache_gb: cache,
    overhead_gb: overhead,
  };
}

function impactOf(
  onGpu: number,
  total: number,
): Pick<LayersResult, 'performance_impact' | 'recommended_gpu_split' | 'status'> {
  if (onGpu === total) {
    return {
      performance_impact: 0,
      recommended_gpu_split: `${onGpu} (all layers, full GPU)`,
      status: 'full_gpu',
    };
  }
  if (onGpu === 0) {
    return { performance_impact: CPU_ONLY_IMPACT, recommended_gpu_split: '0 (CPU only)', status: 'cpu_only' };
  }
  return {
    performance_impact: ((total - onGpu) / total) * IMPACT_OF_ALL_LAYERS,
    recommended_gpu_split: `${onGpu} (of ${total} total)`,
    status: 'partial_offload',
  };
}
