import { MIB, type Bytes } from '../units';

/** One line of nvidia-smi while a model runs. Null: the card does not tell. */
export interface GpuSample {
  /** In PCI order, as nvidia-smi counts. */
  readonly index: number;
  readonly usedBytes: Bytes | null;
  readonly temperatureC: number | null;
  readonly powerW: number | null;
  readonly powerLimitW: number | null;
  readonly linkGeneration: number | null;
  readonly linkGenerationMax: number | null;
  readonly linkWidth: number | null;
  readonly linkWidthMax: number | null;
  /** What holds the clocks down, but for idling and the settings of applications. */
  readonly throttle: readonly string[];
}

const FIELDS = [
  'index',
  'memory.used',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'pcie.link.gen.current',
  'pcie.link.gen.max',
  'pcie.link.width.current',
  'pcie.link.width.max',
  'clocks_throttle_reasons.active',
] as const;

/** Arguments of the one nvidia-smi that prints a line a card every second until it is ended. */
export function samplingArguments(intervalMs: number): readonly string[] {
  return [`--query-gpu=${FIELDS.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(intervalMs)];
}

/**
 * Bits of `clocks_throttle_reasons.active` (nvml.h: nvmlClocksThrottleReasons…) that cost speed: idling (1), the settings of
 * applications (2) and the board's synchronised boost (0x10) are left out. A power cap is how most cards run at their best.
 */
const REASONS: readonly (readonly [bit: number, name: string])[] = [
  [0x4, 'power-cap'],
  [0x8, 'hardware-slowdown'],
  [0x20, 'software-thermal'],
  [0x40, 'hardware-thermal'],
  [0x80, 'power-brake'],
];

/** A line that `samplingArguments` made nvidia-smi print; null for anything else. */
export function parseGpuSample(line: string): GpuSample | null {
  const cells = line.split(',', FIELDS.length + 1).map((cell) => cell.trim());
  if (cells.length !== FIELDS.length || !/^\d{1,3}$/.test(cells[0]!)) return null;
  const numbers = cells.slice(0, -1).map(numberIn);
  const used = numbers[1]!;
  return {
    index: numbers[0]!,
    usedBytes: used === null ? null : used * MIB,
    temperatureC: numbers[2]!,
    powerW: numbers[3]!,
    powerLimitW: numbers[4]!,
    linkGeneration: numbers[5]!,
    linkGenerationMax: numbers[6]!,
    linkWidth: numbers[7]!,
    linkWidthMax: numbers[8]!,
    throttle: reasonsIn(cells.at(-1)!),
  };
}

function numberIn(cell: string): number | null {
  return /^\d+(\.\d+)?$/.test(cell) ? Number(cell) : null;
}

function reasonsIn(cell: string): readonly string[] {
  if (!/^0x[0-9a-f]{1,16}$/i.test(cell)) return [];
  const bits = Number(cell);
  return REASONS.filter(([bit]) => Math.floor(bits / bit) % 2 === 1).map(([, name]) => name);
}

/** One line of `--query-compute-apps=pid,used_memory,gpu_uuid,process_name --format=csv,noheader,nounits`. */
export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
}

/** The processes in what nvidia-smi printed. */
export function parseGpuProcesses(text: string): readonly GpuProcess[] {
  return text.split('\n', 1000).flatMap((line) => {
    const found = /^\s*(\d{1,10}),\s*(.{0,300})$/.exec(line);
    return found === null ? [] : [{ pid: Number(found[1]), name: found[2]!.trim() }];
  });
}
