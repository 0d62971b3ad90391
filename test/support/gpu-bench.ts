import { readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { missing } from '../../src/core/figure';
import { startChildProcess, type ProcessStarter } from '../../src/host/own-process';
import { probeGpus } from '../../src/host/probe/gpus';
import { probeNvidia } from '../../src/host/probe/nvidia';
import type { ProberLimits } from '../../src/host/probe/nvidia-prober';
import { buildProbes } from './built-readers';
import { buildStubs } from './native-stubs';
import { probeContext } from './probe-context';
import { temporaryFolder } from './temporary';

/** A copy of so little that only calling counts; and buffers small enough for a test. */
export const FAST = { STUB_COPY_KIB: '4', STUB_MAX_ALLOC_MIB: '64' };
/** nvidia-smi's captured answer of a card that the stand-ins do not have. */
export const L40S = 'linux-x86_64__nvidia-l40s__595.80__idle.csv';
const NO_SMI = { error: 'stub535-no-devices' };

/** What a test probes with; by default both stand-ins, koffi, and an nvidia-smi that finds nothing. */
export interface Asking {
  readonly env?: Readonly<Record<string, string>>;
  readonly quick?: boolean;
  readonly limits?: ProberLimits;
  readonly libraries?: 'both' | 'nvml' | 'cuda' | 'none';
  readonly koffi?: boolean;
  readonly file?: string;
  readonly smi?: Readonly<Record<string, unknown>>;
  readonly availableGib?: number;
  readonly signal?: AbortSignal;
  readonly start?: ProcessStarter;
}

/** The GPU probes over the built prober and stand-ins for NVIDIA's libraries and for nvidia-smi. */
export async function openGpuBench() {
  const before = { ...process.env };
  const folder = temporaryFolder();
  const pids: (number | null)[] = [];
  const built = await buildProbes(['gpu-prober'], { koffi: true });
  const bare = await buildProbes(['gpu-prober'], { koffi: false });
  const stubs = buildStubs();

  const start: ProcessStarter = (file, args) => {
    const started = startChildProcess(file, args);
    pids.push(started.pid);
    return started;
  };

  async function probe(asking: Asking = {}) {
    const { env = FAST, quick = false, libraries = 'both', koffi = true, smi = NO_SMI } = asking;
    const fake = resolve('test/fixtures/nvidia-smi/fake');
    Object.assign(process.env, env, {
      PATH: [fake, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
      FAKE_NVIDIA_SMI: JSON.stringify(smi),
      LD_LIBRARY_PATH: libraries === 'none' ? '' : stubs[libraries],
      STUB_LEDGER: join(folder.path, 'ledger'),
    });
    const { context } = probeContext(asking.signal);
    const { reading } = await probeNvidia(context, {
      prober: {
        file: asking.file ?? (koffi ? built : bare).file('gpu-prober'),
        start: asking.start ?? start,
        ...(asking.limits === undefined ? {} : { limits: asking.limits }),
      },
      quick,
      availableGib: asking.availableGib ?? 4,
      oversubscription: missing('needs-cuda: only a CUDA device attribute tells'),
    });
    const gpus = await probeGpus(context, reading.answers);
    return { ...reading, gpus: gpus.reading, cards: gpus.reading.value ?? [], findings: gpus.findings };
  }

  return {
    folder: folder.path,
    /** Of every prober that was started since the last reset. */
    pids,
    start,
    prober: { file: built.file('gpu-prober'), start },
    /** Names the libraries for whatever is started next, until the reset. */
    lend(env: Readonly<Record<string, string>>) {
      Object.assign(process.env, env, { LD_LIBRARY_PATH: stubs.both });
    },
    probe,
    /** What the CUDA stand-in still had when the prober ended. */
    ledger: () => JSON.parse(readFileSync(join(folder.path, 'ledger'), 'utf8')) as unknown,
    reset() {
      process.env = { ...before };
      pids.length = 0;
    },
    remove() {
      for (const each of [built, bare, stubs, folder]) each.remove();
    },
  };
}

export function codes(findings: readonly { readonly code: string }[]): readonly string[] {
  return findings.map(({ code }) => code);
}
