import { assertNever } from '../../core/assert-never';
import { known, missing, type Figure } from '../../core/figure';
import type { GpuReading } from '../../core/profile/readings';
import { gpuFindings } from '../../core/reading/gpu-findings';
import { noAnswers, type NvidiaAnswers } from '../../core/reading/nvidia-answers';
import { nvmlSlices, proberFindings, unconfirmed } from '../../core/reading/nvidia-findings';
import { joinGpus } from '../../core/reading/nvidia-join';
import { cudaVersion } from '../../core/reading/nvidia-nvml';
import { reasonOf } from '../../core/reading/nvidia-codes';
import {
  placesLookedAt,
  signsOfNvidia,
  toolMissing,
  unmeasuredGpus,
  type GpuEvidence,
} from '../../core/reading/nvidia-smi-evidence';
import { parseCudaVersion, parseMigSlices } from '../../core/reading/nvidia-smi-cuda';
import { cardUnused, complaint, couldNotLook } from '../../core/reading/nvidia-smi-findings';
import { gpusOfRows } from '../../core/reading/nvidia-smi-gpus';
import type { SmiRow } from '../../core/reading/nvidia-smi-rows';
import type { SmiFailure } from '../../core/reading/nvidia-smi-answer';
import type { Probed, ProbeContext } from './context';
import { gatherGpuEvidence } from './gpus-evidence';
import { findNvidiaSmi, runNvidiaSmi } from './nvidia-smi';
import { readCards, type SmiCards } from './nvidia-smi-cards';

type Gpus = Probed<Figure<readonly GpuReading[]>>;

/** What nvidia-smi came to. */
type Smi =
  | { readonly kind: 'no-tool' }
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly failure: SmiFailure }
  | {
      readonly kind: 'cards';
      readonly gpus: readonly GpuReading[];
      readonly slicesOf: (uuid: string) => readonly string[];
      readonly complaints: readonly string[];
    };

const NOT_ASKED = 'not-measured: nvidia-smi cannot measure it; that needs CUDA';

/**
 * The NVIDIA GPUs of this machine in PCI order: as NVML and CUDA answered, checked against nvidia-smi, which is also
 * what is left where they did not. An empty list: looked and found none; no value: could not look, and why. GPUs of
 * other makers are findings.
 */
export async function probeGpus(
  context: ProbeContext,
  answers: NvidiaAnswers = noAnswers(NOT_ASKED),
): Promise<Gpus> {
  context.signal.throwIfAborted();
  context.progress('gpus', 'Asking the GPU driver', null);
  const evidence = await gatherGpuEvidence('/');
  const smi = await askNvidiaSmi(answers, context);
  context.signal.throwIfAborted();
  const { reading, findings } = joined(answers, smi, evidence, context.now());
  return { reading, findings: [...findings, ...unmeasuredGpus(evidence)] };
}

async function askNvidiaSmi(answers: NvidiaAnswers, context: ProbeContext): Promise<Smi> {
  // It asks the driver that another process hangs in.
  if (answers.left) {
    const remedy = 'Look for Xid messages in the kernel log and restart the machine.';
    return { kind: 'failed', failure: { reason: answers.broken ?? 'timeout', remedy } };
  }
  const program = await findNvidiaSmi();
  if (program === null) return { kind: 'no-tool' };
  const cards = await readCards(program, context.signal);
  context.signal.throwIfAborted();
  return cards.kind === 'cards' ? described(program, cards, answers, context) : cards;
}

async function described(
  program: string,
  { rows, complaints }: Extract<SmiCards, { kind: 'cards' }>,
  answers: NvidiaAnswers,
  context: ProbeContext,
): Promise<Smi> {
  const at = context.now();
  const byNvml = cudaVersion(answers.nvml?.cuda_version ?? null, { method: 'NVML', at });
  const version = byNvml.value === null ? await readCudaVersion(program, context) : byNvml;
  const list = rows.some(isDivided) ? ((await readText(program, ['-L'], context)) ?? '') : '';
  const slicesOf = (uuid: string) => parseMigSlices(list, uuid);
  const { gpus } = gpusOfRows(rows, { at, cudaVersion: version, slicesOf });
  return { kind: 'cards', gpus, slicesOf, complaints };
}

function joined(answers: NvidiaAnswers, smi: Smi, evidence: GpuEvidence, at: string): Gpus {
  const { gpus, findings } = joinGpus(answers, smi.kind === 'cards' ? smi.gpus : [], at);
  const broken = proberFindings(answers, gpus.length);
  if (gpus.length === 0) {
    const { reading, findings: reasons } = withoutCards(answers, smi, evidence, at);
    return { reading, findings: [...reasons, ...broken] };
  }
  const slicesOf = (uuid: string) =>
    nvmlSlices(answers, uuid) ?? (smi.kind === 'cards' ? smi.slicesOf(uuid) : []);
  const complaints = smi.kind === 'cards' ? smi.complaints.map(complaint) : [];
  const told = new Set(complaints.map(({ code }) => code));
  return {
    reading: known(gpus, { method: sourcesOf(answers, smi), at }),
    findings: [
      ...gpuFindings(gpus, slicesOf),
      ...findings,
      ...complaints,
      ...(smi.kind === 'failed' ? [unconfirmed(smi.failure)] : []),
      // Both say so of a lost card.
      ...broken.filter(({ code }) => code !== 'gpu-lost' || !told.has(code)),
    ],
  };
}

function sourcesOf({ cards, devices }: NvidiaAnswers, smi: Smi): string {
  const sources = [
    cards.length > 0 ? 'NVML' : null,
    devices.length > 0 ? 'CUDA' : null,
    smi.kind === 'cards' ? 'nvidia-smi' : null,
  ];
  return sources.filter((source) => source !== null).join(', ');
}

/** No source shows a card: because there is none, or because it cannot be seen. */
function withoutCards(answers: NvidiaAnswers, smi: Smi, evidence: GpuEvidence, at: string): Gpus {
  switch (smi.kind) {
    case 'none':
      return {
        reading: known([], { method: 'nvidia-smi', at }),
        findings: evidence.displayVendors?.includes('0x10de') ? [cardUnused()] : [],
      };
    case 'failed':
      return { reading: missing(smi.failure.reason, 'nvidia-smi'), findings: [couldNotLook(smi.failure)] };
    case 'no-tool':
      return withoutTool(answers, evidence, at);
    case 'cards':
      return { reading: known([], { method: 'nvidia-smi', at }), findings: [] };
    default:
      return assertNever(smi);
  }
}

function withoutTool(answers: NvidiaAnswers, evidence: GpuEvidence, at: string): Gpus {
  const signs = signsOfNvidia(evidence);
  if (signs.length === 0) {
    return { reading: known([], { method: placesLookedAt(evidence), at }), findings: [] };
  }
  const { nvml } = answers;
  const byNvml = nvml === null || 'value' in nvml.count ? null : reasonOf(nvml.count);
  const reason = byNvml ?? `no-tool: nvidia-smi was not found, though there is ${signs.join(' and ')}`;
  return { reading: missing(reason, byNvml === null ? null : 'NVML'), findings: [toolMissing(signs)] };
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
