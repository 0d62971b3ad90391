import { known, knownOr, missing, type Figure, type Source } from '../figure';
import type { Finding } from '../finding';
import type { GpuReading } from '../profile/readings';
import { gpuFindings } from './gpu-findings';
import { memoryKindOf, SHARED_MEMORY } from './gpu-memory-kind';
import type { SmiField } from './nvidia-smi-query';
import { compareAddresses, identityOf, type SmiRow } from './nvidia-smi-rows';

/** What is known about all cards, beside their rows. */
export interface SmiContext {
  /** ISO 8601, UTC: when nvidia-smi answered. */
  readonly at: string;
  readonly cudaVersion: Figure<string>;
  /** Names of the MIG slices of the card with this UUID. */
  slicesOf(uuid: string): readonly string[];
}

/** nvidia-smi asks the driver, and measures nothing. */
const NOT_MEASURED = 'not-measured: nvidia-smi cannot measure it; that needs CUDA';

/** The cards in PCI order, each figure with its source, and what is worth telling about them. */
export function gpusOfRows(
  rows: readonly SmiRow[],
  context: SmiContext,
): { readonly gpus: readonly GpuReading[]; readonly findings: readonly Finding[] } {
  const ordered = [...rows].sort((left, right) =>
    compareAddresses(identityOf(left).address, identityOf(right).address),
  );
  const gpus = ordered.map((row, index) => gpuOfRow(row, index, context));
  return { gpus, findings: gpuFindings(gpus, (uuid) => context.slicesOf(uuid)) };
}

function gpuOfRow(row: SmiRow, index: number, { at, cudaVersion }: SmiContext): GpuReading {
  const source: Source = { method: 'nvidia-smi', at };
  const read = new RowReader(row, source);
  const kind = memoryKind(read, row, source);
  const unified = kind.value === 'unified';
  const shared = missing(SHARED_MEMORY, source.method);
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

function memoryKind(read: RowReader, row: SmiRow, source: Source): GpuReading['memory_kind'] {
  const total = row.get('memory.total');
  return memoryKindOf(
    {
      name: read.text('name').value,
      hasTotal: read.amount('memory.total').value !== null,
      totalUnsupported: total?.kind === 'none' && total.reason.startsWith('not-supported'),
      addressing: read.text('addressing_mode').value,
    },
    source,
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
