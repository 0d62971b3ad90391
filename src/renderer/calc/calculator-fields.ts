import { calculationModes, modelFormats, precisions } from '../../core/calc/precision';
import { pcieGenerations, type Calculator } from '../../core/calc/schema';

/** An input of a calculator, as a field of the page. */
export interface CalculatorField {
  readonly name: string;
  readonly label: string;
  readonly suffix?: string;
  /** Present where one of these is chosen instead of a number typed. */
  readonly choices?: readonly string[];
  /** What an empty field stands for where no model fills it. */
  readonly usual?: string;
  readonly step?: number;
}

export const calculatorTitles: Readonly<Record<Calculator, string>> = {
  vram: 'VRAM',
  layers: 'Layer offload',
  'cpu-offload': 'CPU offload',
  budget: 'Memory budget',
};

const model: readonly CalculatorField[] = [
  { name: 'params_billion', label: 'Parameters', suffix: ' billion' },
  { name: 'kv_cache_mb_per_token', label: 'KV cache of a token', suffix: ' MiB', step: 0.01 },
  { name: 'context_tokens', label: 'Context', suffix: ' tokens', usual: '8192', step: 1024 },
  { name: 'gpu_vram_gb', label: 'GPU memory', suffix: ' GB', usual: '24' },
  { name: 'quantization', label: 'Precision', choices: precisions, usual: 'fp16' },
];

const layers: readonly CalculatorField[] = [
  ...model,
  { name: 'num_layers', label: 'Layers' },
  { name: 'model_format', label: 'Format', choices: modelFormats, usual: 'fp16' },
];

/** The fields of each calculator, in the order they are shown. */
export const calculatorFields: Readonly<Record<Calculator, readonly CalculatorField[]>> = {
  vram: [
    ...model,
    {
      name: 'calculation_mode',
      label: 'Padding of the cache',
      choices: calculationModes,
      usual: 'conservative',
    },
    { name: 'overhead_factor', label: 'Share for the runtime', usual: '0.3', step: 0.05 },
  ],
  layers: [...layers, { name: 'safety_margin_gb', label: 'Left free', suffix: ' GB', usual: '1' }],
  'cpu-offload': [
    ...layers,
    { name: 'system_ram_gb', label: 'Host memory', suffix: ' GB', usual: '32' },
    { name: 'pcie_generation', label: 'PCIe', choices: pcieGenerations, usual: '4.0' },
  ],
  budget: [
    { name: 'total_available_mb', label: 'Memory to use', suffix: ' MiB', usual: '8192', step: 1024 },
    { name: 'model_params', label: 'Parameters' },
    { name: 'bits_per_weight', label: 'Bits of a weight', step: 0.5 },
    { name: 'num_layers', label: 'Layers' },
    { name: 'num_heads', label: 'Cached heads' },
    { name: 'head_dim', label: 'Numbers of a head' },
  ],
};
