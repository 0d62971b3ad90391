import type { Finding } from '../finding';
import type { NvidiaAnswers } from './nvidia-answers';
import { whyNoCuda } from './nvidia-cuda';
import { reasonOf } from './nvidia-codes';
import { valueOf } from './nvidia-protocol';
import type { SmiFailure } from './nvidia-smi-answer';

const GPUS = '/hardware/gpus';

/** What went wrong in asking NVML and CUDA. `cards` is how many were found by any means. */
export function proberFindings(answers: NvidiaAnswers, cards: number): readonly Finding[] {
  const { broken, absent, lost, measuring, cuda, devices } = answers;
  if (broken !== null) return /^(crashed|timeout|error|not-started)/.test(broken) ? [failed(broken)] : [];
  if (cards === 0) return [];
  if (absent.koffi !== undefined) return [withoutKoffi(absent.koffi)];
  const useless = measuring && (cuda === null || valueOf(cuda.count) === null || devices.length === 0);
  return [
    ...lost.map(({ position, failure }) => cardLost(position, reasonOf(failure))),
    ...(useless ? [cudaUseless(whyNoCuda(answers))] : []),
  ];
}

/** nvidia-smi could not be asked, while NVML gave the cards. */
export function unconfirmed({ reason }: SmiFailure): Finding {
  return {
    severity: 'info',
    code: 'nvidia-smi-failed',
    path: GPUS,
    message: `The figures of the GPUs are NVML's alone, as nvidia-smi could not confirm them: ${reason}.`,
    remedy: null,
  };
}

/** Names of the MIG slices that NVML knows of the card with this UUID, e.g. `1g.10gb`; null where it knows of none. */
export function nvmlSlices(answers: NvidiaAnswers, cardUuid: string): readonly string[] | null {
  const card = answers.cards.find(({ uuid }) => valueOf(uuid) === cardUuid);
  if (card === undefined || card.slices.length === 0) return null;
  return card.slices.map(({ name }) => valueOf(name)?.replace(/^.*\bMIG /, '') ?? 'one without a name');
}

function failed(reason: string): Finding {
  const hangs = reason.startsWith('timeout');
  return {
    severity: 'warning',
    code: hangs ? 'gpu-driver-hangs' : 'gpu-prober-failed',
    path: GPUS,
    message: `Asking the GPU driver's libraries ended early, and some figures are missing: ${reason}.`,
    remedy: hangs
      ? 'Look for Xid messages in the kernel log, and restart the machine if it stays.'
      : 'Measure again; if it stays, install the NVIDIA driver again.',
  };
}

function withoutKoffi(text: string): Finding {
  return {
    severity: 'warning',
    code: 'koffi-missing',
    path: GPUS,
    message: `Transfer rates, pinning and the size of a CUDA context cannot be measured: koffi could not be loaded (${text}).`,
    remedy: 'Install Plimsoll again with its optional dependencies (npm ci).',
  };
}

function cardLost(position: number, reason: string): Finding {
  return {
    severity: 'error',
    code: 'gpu-lost',
    path: GPUS,
    message: `A GPU, number ${position} of NVML, does not answer: ${reason}.`,
    remedy: 'Restart the machine to recover it, and look for Xid messages in the kernel log.',
  };
}

function cudaUseless(reason: string): Finding {
  return {
    severity: 'warning',
    code: 'cuda-unusable',
    path: GPUS,
    message: `There is a GPU, but nothing could be measured on it with CUDA: ${reason}.`,
    remedy:
      'Make sure that programs may use CUDA here (in a container: NVIDIA_DRIVER_CAPABILITIES=compute,utility), and that CUDA_VISIBLE_DEVICES hides no card.',
  };
}
