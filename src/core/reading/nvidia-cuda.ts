import { known, missing, spreadOf, type Figure, type Source } from '../figure';
import type { GpuReading } from '../profile/readings';
import { MIB } from '../units';
import { memoryKindOf, SHARED_MEMORY } from './gpu-memory-kind';
import type { MeasuredDevice, NvidiaAnswers } from './nvidia-answers';
import { reasonOf } from './nvidia-codes';
import { amount, cudaVersion, figure, memoryFigures, sharedMemory } from './nvidia-nvml';
import { valueOf, type CopyPath, type NvmlCard } from './nvidia-protocol';
import { normalBusId } from './nvidia-smi-rows';

const METHOD = 'CUDA driver API';

/** nvbandwidth's numbers, for the provenance of every copy. */
const COPY_CONDITIONS = { copies: 16, warm_ups: 4, statistic: 'median' } as const;

/** Why nothing was measured with CUDA on a card that it does not name. */
export function whyNoCuda(answers: NvidiaAnswers): string {
  const { absent, measuring, cuda, broken } = answers;
  if (absent.koffi !== undefined) return `no-koffi: koffi could not be loaded: ${absent.koffi}`;
  if (broken !== null && cuda === null) return broken;
  if (!measuring) return 'not-measured: a quick look creates no CUDA context';
  if (absent.cuda !== undefined) {
    return `no-driver-library: CUDA's library could not be loaded: ${absent.cuda}`;
  }
  if (cuda !== null && !('value' in cuda.count)) return reasonOf(cuda.count);
  return 'not-visible: CUDA does not show this card (CUDA_VISIBLE_DEVICES hides cards, MIG all but one slice)';
}

/** The card with what CUDA says and measured of it. `card` is what NVML says of it, where that is known. */
export function withCuda(
  gpu: GpuReading,
  measured: MeasuredDevice | null,
  card: NvmlCard | null,
  answers: NvidiaAnswers,
  at: string,
): GpuReading {
  if (measured === null) {
    const none = missing(whyNoCuda(answers));
    return {
      ...gpu,
      pcie_h2d_gbps: none,
      pcie_d2h_gbps: none,
      vram_bw_gbps: none,
      context_overhead_mib: none,
    };
  }
  const unified = valueOf(measured.device.integrated) === true;
  const copies = copyFigures(measured, answers, at);
  const described = { ...gpu, ...memoryOf(gpu, measured, card, at), ...copies };
  if (unified) {
    const shared = missing(SHARED_MEMORY, METHOD);
    return {
      ...described,
      pcie_gen: shared,
      pcie_gen_max: shared,
      pcie_width: shared,
      pcie_width_max: shared,
      pcie_sampled_under_load: shared,
      pcie_h2d_gbps: shared,
      pcie_d2h_gbps: shared,
      context_overhead_mib: shared,
    };
  }
  return {
    ...described,
    ...linkFigures(measured, at),
    context_overhead_mib: overhead(measured, answers, at),
  };
}

/** A card that only CUDA shows, as in a container that was given nothing else. */
export function gpuOfDevice(
  { device, free }: MeasuredDevice,
  answers: NvidiaAnswers,
  at: string,
): GpuReading {
  const source: Source = { method: METHOD, at };
  const none = missing('no-driver-library: NVML does not show this card');
  const uuid = figure(device.uuid, source);
  const total = figure(device.total, source);
  const conditions = { with_cuda_context: true };
  const left = figure(free, { ...source, conditions });
  const address = valueOf(device.bus_id);
  const place = address === null ? null : normalBusId(address);
  return {
    index: device.ordinal,
    vendor: known('nvidia', source),
    name: figure(device.name, source),
    uuid: uuid.value === null ? uuid : known(`GPU-${uuid.value}`, source),
    pci_bus_id: place === null ? missing('malformed: no PCI address', METHOD) : known(place, source),
    memory_kind: memoryKindOf(
      { name: valueOf(device.name), hasTotal: true, totalUnsupported: false, addressing: null },
      source,
    ),
    vram_total_mib: total.value === null ? total : known(total.value / MIB, source),
    vram_free_mib: left.value === null ? left : known(left.value / MIB, { ...source, conditions }),
    vram_reserved_mib: none,
    vram_source: total.value === null ? missing('not-measured: no memory figure') : known('cuda', source),
    driver_version: none,
    cuda_version: cudaVersion(answers.cuda?.version ?? null, source),
    compute_capability: figure(device.compute_capability, source),
    mig: none,
    pcie_gen: none,
    pcie_gen_max: none,
    pcie_width: none,
    pcie_width_max: none,
    pcie_sampled_under_load: missing('not-measured: no link figure'),
    pcie_h2d_gbps: none,
    pcie_d2h_gbps: none,
    vram_bw_gbps: none,
    context_overhead_mib: none,
  };
}

/** What CUDA knows better: whether the memory is the machine's, and which slice of MIG a program gets. */
function memoryOf(
  gpu: GpuReading,
  { device }: MeasuredDevice,
  card: NvmlCard | null,
  at: string,
): Partial<GpuReading> {
  const integrated = valueOf(device.integrated);
  const source: Source = { method: METHOD, at, conditions: { by: 'attribute INTEGRATED' } };
  if (integrated === true) return { memory_kind: known('unified', source), ...sharedMemory(source) };
  const before = gpu.memory_kind.provenance.conditions;
  const conditions = { ...before, by: 'attribute INTEGRATED' };
  const kind = integrated === null ? gpu.memory_kind : known('dedicated' as const, { ...source, conditions });
  const slice = card?.slices.find(({ uuid }) => valueOf(uuid)?.slice('MIG-'.length) === valueOf(device.uuid));
  const memory =
    slice === undefined ? {} : memoryFigures(slice.memory, at, valueOf(slice.name) ?? valueOf(slice.uuid));
  return { memory_kind: kind, ...memory };
}

/** 10^9 bytes a second. Memory is read and written by a copy, so its traffic is twice what was copied. */
function copyFigures(measured: MeasuredDevice, answers: NvidiaAnswers, at: string): Partial<GpuReading> {
  return {
    pcie_h2d_gbps: copyFigure(measured, 'h2d', 1, answers, at),
    pcie_d2h_gbps: copyFigure(measured, 'd2h', 1, answers, at),
    vram_bw_gbps: copyFigure(measured, 'd2d', 2, answers, at),
  };
}

function copyFigure(
  { copies, overhead: context }: MeasuredDevice,
  path: CopyPath,
  factor: 1 | 2,
  answers: NvidiaAnswers,
  at: string,
): Figure<number> {
  const copy = copies[path];
  if (copy === undefined) return missing(whyNotCopied(context, answers));
  if (!('value' in copy.samples)) return missing(reasonOf(copy.samples), METHOD);
  const samples = spreadOf(copy.samples.value.map((gbps) => round(gbps * factor)))!;
  const conditions = {
    buffer_mib: copy.buffer / MIB,
    ...COPY_CONDITIONS,
    cpu_affinity: copy.near ? 'nearest to the card' : 'not set',
    ...(factor === 1
      ? { host_memory: 'pinned' }
      : {
          estimate: 'read and write together: twice the bytes copied',
          copy_gbps: round(samples.median / factor),
        }),
  };
  const method = `${METHOD}: ${{ h2d: 'host to device', d2h: 'device to host', d2d: 'device to device' }[path]} copies`;
  return known(samples.median, { method, at, conditions, samples });
}

function whyNotCopied(context: MeasuredDevice['overhead'], { broken }: NvidiaAnswers): string {
  if (broken !== null) return broken;
  const contextFailed = context !== null && !('value' in context) && context.call.startsWith('cu');
  return contextFailed ? reasonOf(context) : 'error: the GPU prober did not measure it';
}

function linkFigures({ link }: MeasuredDevice, at: string): Partial<GpuReading> {
  if (link === null) return {};
  const source: Source = { method: 'NVML', at, conditions: { under_load: 'pinned copies' } };
  const generation = amount(link.gen, source);
  const width = amount(link.width, source);
  if (generation.value === null || width.value === null) return {};
  return { pcie_gen: generation, pcie_width: width, pcie_sampled_under_load: known(true, source) };
}

function overhead({ overhead: taken }: MeasuredDevice, answers: NvidiaAnswers, at: string): Figure<number> {
  if (taken === null) return missing(answers.broken ?? 'error: the GPU prober did not measure it');
  const bytes = figure(taken, { method: 'NVML', at });
  if (bytes.value === null) return bytes;
  if (bytes.value <= 0) return missing('disturbed: another program freed memory meanwhile', 'NVML');
  return known(bytes.value / MIB, {
    method: 'NVML: free memory before and after creating the primary CUDA context',
    at,
  });
}

/** To four significant digits: samples differ in the third. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
