import { known, knownOr, missing, type Conditions, type Figure, type Source } from '../figure';
import type { GpuReading } from '../profile/readings';
import { MIB } from '../units';
import { memoryKindOf, SHARED_MEMORY } from './gpu-memory-kind';
import type { NvidiaAnswers } from './nvidia-answers';
import { cudaVersionOf, reasonOf } from './nvidia-codes';
import { valueOf, type Answer, type NvmlCard } from './nvidia-protocol';
import { normalBusId } from './nvidia-smi-rows';

const NOT_MEASURED = 'not-measured: NVML cannot measure it; that needs CUDA';
const OF_SLICE =
  'mig: a program sees one slice of the card, and which one CUDA would give is not known before it is asked';

/** The memory of a whole card, or of the slice that a program gets. */
type Memory = NvmlCard['memory'];

/** One card as NVML describes it; its `index` is set where all cards are put in order. `at` is ISO 8601, UTC. */
export function gpuOfCard(card: NvmlCard, answers: NvidiaAnswers, at: string): GpuReading {
  const source: Source = { method: 'NVML', at };
  const kind = memoryKindOf(signsOf(card), source);
  const unified = kind.value === 'unified';
  const shared = missing(SHARED_MEMORY, source.method);
  const link = (answer: Answer<number>) => (unified ? shared : amount(answer, source));
  const generation = link(card.pcie_gen);
  const address = figure(card.bus_id, source);
  return {
    index: card.position,
    vendor: known('nvidia', source),
    name: figure(card.name, source),
    uuid: figure(card.uuid, source),
    pci_bus_id:
      address.value === null
        ? address
        : knownOr(normalBusId(address.value), source, `malformed: "${address.value}"`),
    memory_kind: withAddressing(kind, card),
    ...(unified ? sharedMemory(source) : memoryFigures(card.memory, at)),
    ...(valueOf(card.mig) === true && !unified ? { vram_free_mib: missing(OF_SLICE, 'NVML') } : {}),
    driver_version: figure(answers.nvml?.driver_version ?? null, source),
    cuda_version: cudaVersion(answers.nvml?.cuda_version ?? null, source),
    compute_capability: figure(card.compute_capability, source),
    mig: figure(card.mig, source),
    pcie_gen: generation,
    pcie_gen_max: link(card.pcie_gen_max),
    pcie_width: link(card.pcie_width),
    pcie_width_max: link(card.pcie_width_max),
    pcie_sampled_under_load:
      generation.value === null ? missing('not-measured: no link figure') : known(false, source),
    pcie_h2d_gbps: missing(NOT_MEASURED),
    pcie_d2h_gbps: missing(NOT_MEASURED),
    vram_bw_gbps: missing(NOT_MEASURED),
    context_overhead_mib: missing(NOT_MEASURED),
  };
}

type MemoryFigures = Pick<
  GpuReading,
  'vram_total_mib' | 'vram_free_mib' | 'vram_reserved_mib' | 'vram_source'
>;

/**
 * Exact to the byte, in MiB. The first version of NVML's struct counts what the driver reserves as used and does not
 * tell it. `slice` names the MIG slice whose memory it is.
 */
export function memoryFigures(memory: Memory, at: string, slice: string | null = null): MemoryFigures {
  if (!('value' in memory)) {
    const none = missing(reasonOf(memory), 'NVML');
    return { vram_total_mib: none, vram_free_mib: none, vram_reserved_mib: none, vram_source: none };
  }
  const { version, total, free, used, reserved } = memory.value;
  const conditions: Conditions = { struct: `v${version}`, ...(slice === null ? {} : { mig_slice: slice }) };
  const source: Source = { method: 'NVML', at, conditions };
  return {
    vram_total_mib: known(total / MIB, source),
    vram_free_mib: known(free / MIB, { ...source, conditions: { ...conditions, used_mib: used / MIB } }),
    vram_reserved_mib: knownOr(
      reserved === null ? null : reserved / MIB,
      source,
      'not-supported: this driver counts what it reserves as used',
    ),
    vram_source: known(`nvml-v${version}`, source),
  };
}

/** The figures of a card that has no memory of its own. */
export function sharedMemory({ method }: Source): MemoryFigures {
  const shared = missing(SHARED_MEMORY, method);
  return { vram_total_mib: shared, vram_free_mib: shared, vram_reserved_mib: shared, vram_source: shared };
}

/** CUDA's version as NVML or the CUDA driver gives it. */
export function cudaVersion(answer: Answer<number> | null, source: Source): Figure<string> {
  const number = figure(answer, source);
  if (number.value === null) return number as Figure<never>;
  return knownOr(cudaVersionOf(number.value), source, `malformed: version ${number.value}`);
}

/** A value of a native call; an empty text is none. */
export function figure<T extends string | number | boolean>(
  answer: Answer<T> | null,
  source: Source,
): Figure<T> {
  if (answer === null) return missing('not-measured: it was not asked', source.method);
  if (!('value' in answer)) return missing(reasonOf(answer), source.method);
  return answer.value === '' ? missing('malformed: empty', source.method) : known(answer.value, source);
}

/** A number that cannot be 0: no link has no lanes. */
export function amount(answer: Answer<number>, source: Source): Figure<number> {
  const number = figure(answer, source);
  return number.value === 0 ? missing('malformed: 0', source.method) : number;
}

function signsOf(card: NvmlCard) {
  const { memory } = card;
  return {
    name: valueOf(card.name),
    hasTotal: 'value' in memory,
    totalUnsupported: !('value' in memory) && memory.code === 3,
    addressing: valueOf(card.addressing),
  };
}

function withAddressing(kind: GpuReading['memory_kind'], card: NvmlCard): GpuReading['memory_kind'] {
  const addressing = valueOf(card.addressing);
  if (kind.value === null || addressing === null) return kind;
  const conditions = { ...kind.provenance.conditions, addressing_mode: addressing };
  return { ...kind, provenance: { ...kind.provenance, conditions } };
}
