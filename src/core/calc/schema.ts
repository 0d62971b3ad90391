import { z } from 'zod';
import { calculationModes, modelFormats, OVERHEAD_FACTOR, precisions } from './precision';

/** Bounds far beyond any machine or model, so that every result is a finite number. */
const GIGABYTES = z.number().positive().max(1e9);
const COUNT = z.number().int().positive();

const model = z.object({
  model: z.string().default('model'),
  /** Billions of parameters. */
  params_billion: z.number().positive().max(1e6),
  /** MiB that one token adds to a 16-bit cache: the rule of thumb says MB and divides by 1024. */
  kv_cache_mb_per_token: z.number().nonnegative().max(1e6),
  context_tokens: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 31 - 1),
});

const gpu = z.object({ gpu: z.string().default('GPU'), gpu_vram_gb: GIGABYTES });
const precision = z.enum(precisions).default('fp16');

export const vramInputSchema = z.object({
  ...model.shape,
  ...gpu.shape,
  quantization: precision,
  overhead_factor: z.number().nonnegative().max(100).default(OVERHEAD_FACTOR),
  calculation_mode: z.enum(calculationModes).default('conservative'),
});

export const layersInputSchema = z.object({
  ...model.shape,
  ...gpu.shape,
  num_layers: COUNT.max(1e6),
  quantization: precision,
  safety_margin_gb: z.number().nonnegative().max(1e9).default(1),
  model_format: z.enum(modelFormats).default('fp16'),
});

export const pcieGenerations = ['3.0', '4.0', '5.0'] as const;
export type PcieGeneration = (typeof pcieGenerations)[number];

/** The margin is the layer calculator's own: this one hands none on. */
export const cpuOffloadInputSchema = layersInputSchema.omit({ safety_margin_gb: true }).extend({
  system_ram_gb: GIGABYTES.default(32),
  pcie_generation: z.enum(pcieGenerations).default('4.0'),
});

export const budgetInputSchema = z.object({
  /** MiB that the user is willing to give. */
  total_available_mb: COUNT.max(2 ** 40),
  model_params: COUNT.max(1e15),
  bits_per_weight: z.number().positive().max(64),
  num_layers: COUNT.max(1e6),
  num_heads: COUNT.max(1e6),
  head_dim: COUNT.max(1e6),
});

export type VramInput = z.infer<typeof vramInputSchema>;
export type LayersInput = z.infer<typeof layersInputSchema>;
export type CpuOffloadInput = z.infer<typeof cpuOffloadInputSchema>;
export type BudgetInput = z.infer<typeof budgetInputSchema>;

/** The calculators by the name they have on the command line. */
export const calculators = ['vram', 'layers', 'cpu-offload', 'budget'] as const;
export type Calculator = (typeof calculators)[number];
