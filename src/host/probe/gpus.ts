import { assertNever } from '../../core/assert-never';
import { known, missing, type Figure } from '../../core/figure';
import type { Finding } from '../../core/finding';
import type { GpuReading } from '../../core/profile/readings';
import {
  placesLookedAt,
  signsOfNvidia,
  toolMissing,
  unmeasuredGpus,
  type GpuEvidence,
} from '../../core/reading/nvidia-smi-evidence';
import { parseCudaVersion, parseMigSlices } from '../../core/reading/nvidia-smi-cuda';
import { gpusOfRows } from '../../core/reading/nvidia-smi-gpus';
import type { SmiRow } from '../../core/reading/nvidia-smi-rows';
import type { SmiFailure } from '../../core/reading/nvidia-smi-answer';
import type { Probed, ProbeContext } from './context';
import { gatherGpuEvidence } from './gpus-evidence';
import { findNvidiaSmi, runNvidiaSmi } from './nvidia-smi';
import { readCards, type SmiCards } from './nvidia-smi-cards';

type Gpus = Probed<Figure<readonly GpuReading[]>>;

/**
 * The NVIDIA GPUs of this machine in PCI order, as nvidia-smi describes them. An empty list: looked and found none;
 * no value: could not look, and why. GPUs of other makers are findings.
 */
export async function probeGpus(context: ProbeContext): Promise<Gpus> {
  context.signal.throwIfAborted();
  context.progress('gpus', 'Asking the GPU driver', null);
  const evidence = await gatherGpuEvidence('/');
  const program = await findNvidiaSmi();
  const { reading, findings } =
    program === null ? withoutTool(evidence, context) : await withTool(program, evidence, context);
  context.signal.throwIfAborted();
  return { reading, findings: [...findings, ...unmeasuredGpus(evidence)] };
}

function withoutTool(evidence: GpuEvidence, context: ProbeContext): Gpus {
  const signs = signsOfNvidia(evidence);
  if (signs.length === 0) {
    return { reading: known([], { method: placesLookedAt(evidence), at: context.now() }), findings: [] };
  }
  const reason = `no-tool: nvidia-smi was not found, though there is ${signs.join(' and ')}`;
  return { reading: missing(reason), findings: [toolMissing(signs)] };
}

async function withTool(program: string, evidence: GpuEvidence, context: ProbeContext): Promise<Gpus> {
  const cards = await readCards(program, context.signal);
  context.signal.throwIfAborted();
  switch (cards.kind) {
    case 'none':
      return {
        reading: known([], { method: 'nvidia-smi', at: context.now() }),
        findings: evidence.displayVendors?.includes('0x10de') ? [cardUnused()] : [],
      };
    case 'failed':
      return {
        reading: missing(cards.failure.reason, 'nvidia-smi'),
        findings: [couldNotLook(cards.failure)],
      };
    case 'cards':
      return measured(program, cards, context);
    default:
      return assertNever(cards);
  }
}

async function measured(
  program: string,
  { rows, complaints }: Extract<SmiCards, { kind: 'cards' }>,
  context: ProbeContext,
): Promise<Gpus> {
  const at = context.now();
  const cudaVersion = await readCudaVersion(program, context);
  const list = rows.some(isDivided) ? ((await readText(program, ['-L'], context)) ?? '') : '';
  const { gpus, findings } = gpusOfRows(rows, {
    at,
    cudaVersion,
    slicesOf: (uuid) => parseMigSlices(list, uuid),
  });
  return {
    reading: known(gpus, { method: 'nvidia-smi', at }),
    findings: [...findings, ...complaints.map(complaint)],
  };
}

function isDivided(row: SmiRow): boolean {
  const mode = row.get('mig.mode.current');
  return mode?.kind === 'text' && mode.text === 'Enabled';
}

/** The table first, which is short; the XML report, which is long, only where the table does not say. */
async function readCudaVersion(program: string, context: ProbeContext): Promise<Figure<string>> {
  for (const args of [[], ['-q', '-x']]) {
    const report = await readText(program, args, context);
    if (report === null) break;
    const version = parseCudaVersion(report);
    if (version !== null) return known(version, { method: 'nvidia-smi', at: context.now() });
  }
  return missing('not-supported: nvidia-smi names no CUDA version', 'nvidia-smi');
}

/** What it printed; null where it did not end by itself. */
async function readText(
  program: string,
  args: readonly string[],
  context: ProbeContext,
): Promise<string | null> {
  const result = await runNvidiaSmi(program, args, context.signal);
  return result.kind === 'exited' ? result.stdout : null;
}

function couldNotLook({ reason, remedy }: SmiFailure): Finding {
  return {
    severity: 'warning',
    code: 'gpus-unknown',
    path: '/hardware/gpus',
    message: `The GPUs could not be looked at: ${reason}.`,
    remedy,
  };
}

function complaint(message: string): Finding {
  const lost = /device handle|lost/i.test(message);
  return {
    severity: lost ? 'error' : 'warning',
    code: lost ? 'gpu-lost' : 'nvidia-smi-complains',
    path: '/hardware/gpus',
    message: lost ? `A GPU does not answer and is left out: ${message}` : `nvidia-smi says: ${message}`,
    remedy: lost ? 'Restart the machine to recover it, and look for Xid messages in the kernel log.' : null,
  };
}

function cardUnused(): Finding {
  return {
    severity: 'warning',
    code: 'gpu-unused',
    path: '/hardware/gpus',
    message:
      'There is an NVIDIA display controller on the PCI bus, but its driver finds no GPU that it can use.',
    remedy:
      'Use a driver that supports this card, and check that it is not passed through to a virtual machine.',
  };
}
