import { known, knownOr, missing, type Figure, type Source } from '../figure';
import type { Finding } from '../finding';
import type { GpuReading } from '../profile/readings';
import type { SmiField } from './nvidia-smi-query';
import { identityOf, type SmiRow } from './nvidia-smi-rows';

/** What is known about all cards, beside their rows. */
export interface SmiContext {
  /** ISO 8601, UTC: when nvidia-smi answered. */
  readonly at: string;
  readonly cudaVersion: Figure<string>;
  /** Names of the MIG slices of the card with this UUID. */
  slicesOf(uuid: string): readonly string[];
}

/** Chips that share the machine's memory, by name: GB10 (DGX Spark), N1X (RTX Spark), Tegra (Orin, Thor). */
const UNIFIED_NAME = /\b(GB10|N1X|RTX Spark|Orin|Thor|Tegra)\b/i;

/** nvidia-smi asks the driver, and measures nothing. */
const NOT_MEASURED = 'not-measured: nvidia-smi cannot measure it; that needs CUDA';

/** The cards in PCI order, each figure with its source, and what is worth telling about them. */
export function gpusOfRows(
  rows: readonly SmiRow[],
  context: SmiContext,
): { readonly gpus: readonly GpuReading[]; readonly findings: readonly Finding[] } {
  const ordered = [...rows].sort((left, right) => compareAddress(left, right));
  const gpus = ordered.map((row, index) => gpuOfRow(row, index, context));
  return { gpus, findings: gpus.flatMap((gpu) => findingsAbout(gpu, context)) };
}

/** A card that does not say where it is comes last; otherwise domain, bus, device, function. */
function compareAddress(left: SmiRow, right: SmiRow): number {
  const [first, second] = [sortKey(left), sortKey(right)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function sortKey(row: SmiRow): string {
  return identityOf(row).address?.padStart('ffffffff:ff:ff.f'.length, '0') ?? '~';
}

function gpuOfRow(row: SmiRow, index: number, { at, cudaVersion }: SmiContext): GpuReading {
  const source: Source = { method: 'nvidia-smi', at };
  const read = new RowReader(row, source);
  const kind = memoryKind(read, row, source);
  const unified = kind.value === 'unified';
  const shared = missing('unified-memory: the GPU uses the memory of the machine', source.method);
  const total = unified ? shared : read.amount('memory.total');
  const mig = read.enabled('mig.mode.current');
  const generation = unified ? shared : read.firstOf('pcie.link.gen.gpucurrent', 'pcie.link.gen.current');
  const { address } = identityOf(row);
  return {
    index,
    vendor: known('nvidia', source),
    name: read.text('name'),
    uuid: read.matching('uuid', /^(GPU|MIG)-[\w/-]+$/),
    pci_bus_id: address === null ? read.matching('pci.bus_id', /^$/) : known(address, source),
    memory_kind: kind,
    vram_total_mib: total,
    vram_free_mib: unified ? shared : freeMemory(read, mig),
    vram_reserved_mib: unified ? shared : read.number('memory.reserved'),
    vram_source:
      total.value === null
        ? missing('not-measured: no memory figure', source.method)
        : known('nvidia-smi', source),
    driver_version: read.version('kmd_version', 'driver_version'),
    cuda_version: cudaVersion,
    compute_capability: read.matching('compute_cap', /^\d{1,3}\.\d{1,3}$/),
    mig,
    pcie_gen: generation,
    pcie_gen_max: unified ? shared : read.amount('pcie.link.gen.max'),
    pcie_width: unified ? shared : read.amount('pcie.link.width.current'),
    pcie_width_max: unified ? shared : read.amount('pcie.link.width.max'),
    pcie_sampled_under_load:
      generation.value === null ? missing('not-measured: no link figure') : known(false, source),
    pcie_h2d_gbps: missing(NOT_MEASURED),
    pcie_d2h_gbps: missing(NOT_MEASURED),
    vram_bw_gbps: missing(NOT_MEASURED),
    context_overhead_mib: missing(NOT_MEASURED),
  };
}

/** With MIG the card's free memory is not what a program can take: it sees one slice. */
function freeMemory(read: RowReader, mig: Figure<boolean>): Figure<number> {
  if (mig.value !== true) return read.number('memory.free');
  return missing(
    'mig: a program sees one slice of the card, and CUDA is needed to say how large it is',
    'nvidia-smi',
  );
}

/**
 * Unified where the name says so, or where the memory has no figure at all while the addresses are those of the host
 * (ATS): a Grace Hopper has ATS too, and memory of its own.
 */
function memoryKind(read: RowReader, row: SmiRow, source: Source): GpuReading['memory_kind'] {
  const name = read.text('name').value ?? '';
  if (UNIFIED_NAME.test(name)) return known('unified', { ...source, conditions: { by: 'name' } });
  if (read.amount('memory.total').value !== null) return known('dedicated', source);
  const total = row.get('memory.total');
  const notSupported = total?.kind === 'none' && total.reason.startsWith('not-supported');
  if (notSupported && read.text('addressing_mode').value === 'ATS') {
    return known('unified', { ...source, conditions: { by: 'addressing mode ATS, no memory figure' } });
  }
  return missing(
    'not-supported: nvidia-smi gives no memory figure and no sign of unified memory',
    source.method,
  );
}

/** Takes cells as figures, each strictly or not at all. */
class RowReader {
  readonly #row: SmiRow;
  readonly #source: Source;

  constructor(row: SmiRow, source: Source) {
    this.#row = row;
    this.#source = source;
  }

  text(field: SmiField): Figure<string> {
    return this.matching(field, /^[^\p{Cc}]+$/u);
  }

  /** The cell where the whole of it has this form. */
  matching(field: SmiField, form: RegExp): Figure<string> {
    const cell = this.#row.get(field);
    const { method } = this.#source;
    if (!cell) return missing(`not-supported: this nvidia-smi does not know ${field}`, method);
    if (cell.kind === 'none') return missing(cell.reason, method);
    if (!form.test(cell.text)) return missing(`malformed: ${field} is "${cell.text}"`, method);
    return known(cell.text, this.#source);
  }

  /** A whole number of MiB, lanes or generations. */
  number(field: SmiField): Figure<number> {
    const text = this.matching(field, /^\d{1,12}$/);
    return text.value === null ? (text as Figure<never>) : known(Number(text.value), this.#source);
  }

  /** A number that cannot be 0: no card has no memory, no link has no lanes. */
  amount(field: SmiField): Figure<number> {
    const figure = this.number(field);
    return figure.value === 0 ? missing(`malformed: ${field} is 0`, this.#source.method) : figure;
  }

  firstOf(newer: SmiField, older: SmiField): Figure<number> {
    const figure = this.amount(newer);
    return figure.value === null && this.#row.has(older) ? this.amount(older) : figure;
  }

  version(newer: SmiField, older: SmiField): Figure<string> {
    const form = /^\d{1,5}(\.\d{1,5}){1,3}$/;
    const figure = this.matching(newer, form);
    return figure.value === null && this.#row.has(older) ? this.matching(older, form) : figure;
  }

  enabled(field: SmiField): Figure<boolean> {
    const text = this.matching(field, /^(Enabled|Disabled)$/);
    return knownOr(
      text.value === null ? null : text.value === 'Enabled',
      this.#source,
      text.provenance.reason ?? '',
    );
  }
}

function findingsAbout(gpu: GpuReading, context: SmiContext): readonly Finding[] {
  return [narrowLink(gpu), divided(gpu, context), silent(gpu)].filter((finding) => finding !== null);
}

function nameOf(gpu: GpuReading): string {
  return gpu.name.value ?? `GPU ${gpu.index}`;
}

/** Width only: the generation falls at idle and rises under load, the width is how the slot is wired. */
function narrowLink(gpu: GpuReading): Finding | null {
  const [width, most] = [gpu.pcie_width.value, gpu.pcie_width_max.value];
  if (width === null || most === null || width >= most) return null;
  return {
    severity: 'warning',
    code: 'pcie-narrow',
    path: `/hardware/gpus/${gpu.index}/pcie_width`,
    message: `${nameOf(gpu)} runs on ${width} of ${most} lanes.`,
    remedy: 'Move it to a full-length slot, or expect slow prefill with experts in host memory.',
  };
}

function divided(gpu: GpuReading, context: SmiContext): Finding | null {
  if (gpu.mig.value !== true) return null;
  const slices = gpu.uuid.value === null ? [] : context.slicesOf(gpu.uuid.value);
  const into = slices.length === 0 ? '' : ` into ${slices.join(', ')}`;
  return {
    severity: 'warning',
    code: 'mig-enabled',
    path: `/hardware/gpus/${gpu.index}/mig`,
    message: `${nameOf(gpu)} is divided by MIG${into}: a program sees one slice, and the figures here are of the whole card.`,
    remedy: 'Turn MIG off (nvidia-smi -mig 0, as root) to use the whole card.',
  };
}

/** A card that answers with errors where its memory should be. */
function silent(gpu: GpuReading): Finding | null {
  const reason = gpu.vram_total_mib.provenance.reason ?? '';
  if (!/^(gpu-lost|error|timeout|permission)/.test(reason)) return null;
  return {
    severity: 'warning',
    code: 'gpu-silent',
    path: `/hardware/gpus/${gpu.index}/vram_total_mib`,
    message: `${nameOf(gpu)} does not say how much memory it has: ${reason}.`,
    remedy: reason.startsWith('permission')
      ? 'Measure as a user who may read the card, or outside of the restricted container.'
      : 'Restart the machine if this stays, and look for Xid messages in the kernel log.',
  };
}
