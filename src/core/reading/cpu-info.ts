/** One processor as `/proc/cpuinfo` lists it: its lines by name. */
type Processor = ReadonlyMap<string, string>;

export interface CpuInfo {
  /** Marketing name; null on ARM, whose kernel prints part numbers only. */
  readonly name: string | null;
  readonly logicalCores: number | null;
  /** Distinct (physical id, core id); null unless every processor has both (ARM and some guests have neither). */
  readonly physicalCores: number | null;
  /** Words of the first processor's `flags` (x86), `Features` (ARM, s390x) or `isa` (RISC-V); null where there is none. */
  readonly flags: readonly string[] | null;
}

/** Reads `/proc/cpuinfo`, whose processors are paragraphs of `name : value` lines. */
export function parseCpuInfo(text: string): CpuInfo {
  const processors = text
    .split(/\n\s*\n/)
    .map(parseProcessor)
    .filter((lines) => lines.has('processor'));
  const first = processors[0];
  return {
    name: first === undefined ? null : nameOf(first),
    logicalCores: processors.length === 0 ? null : processors.length,
    physicalCores: countCores(processors),
    flags: first === undefined ? null : flagsOf(first),
  };
}

function parseProcessor(paragraph: string): Processor {
  const lines = new Map<string, string>();
  for (const line of paragraph.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) lines.set(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return lines;
}

/** `model name` on x86; `cpu` on POWER; RISC-V has `uarch` at best. */
function nameOf(processor: Processor): string | null {
  const name = processor.get('model name') ?? processor.get('cpu') ?? processor.get('uarch');
  return name === undefined || name === '' ? null : name.replaceAll(/\s+/g, ' ');
}

function countCores(processors: readonly Processor[]): number | null {
  const cores = new Set<string>();
  for (const processor of processors) {
    const socket = processor.get('physical id');
    const core = processor.get('core id');
    if (socket === undefined || core === undefined) return null;
    cores.add(`${socket}:${core}`);
  }
  return cores.size === 0 ? null : cores.size;
}

function flagsOf(processor: Processor): readonly string[] | null {
  const flags = processor.get('flags') ?? processor.get('Features') ?? processor.get('features');
  if (flags !== undefined) return flags.split(/\s+/).filter((flag) => flag !== '');
  const isa = processor.get('isa');
  return isa === undefined ? null : riscvExtensions(isa);
}

/** `rv64imafdcv_zicsr_zvfh` → single letters as `rv_v`, the rest as they are. */
function riscvExtensions(isa: string): readonly string[] {
  const [base, ...named] = isa.toLowerCase().split('_');
  const letters = Array.from((base ?? '').replace(/^rv(32|64|128)/, ''), (letter) => `rv_${letter}`);
  return [...letters, ...named];
}
