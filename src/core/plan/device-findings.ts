import type { Finding } from '../finding';
import { formatBytes } from '../report/format';
import { sumKnown } from '../units';
import type { Budgets, DeviceBudget } from './budgets';
import type { Candidate } from './placement';
import type { PlanRequest } from './schema';
import { devicesInUse } from './settings';

/** What there is to say of the GPUs that a plan uses, or does not. */
export function deviceFindings(
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
): readonly Finding[] {
  if (budgets.gpusUnknown) return [unknownGpus];
  if (budgets.devices.length === 0) return [];
  const used = devicesInUse(candidate.settings).map(({ name }) => name);
  if (used.length === 0) return request.objective === 'least-vram' ? [] : [tooSmall];
  return [
    ...unusedFindings(request, used, budgets),
    ...pinnedFindings(candidate, budgets),
    ...(budgets.devices.some((device) => device.unified && used.includes(device.name)) ? [unified] : []),
  ];
}

const unknownGpus: Finding = {
  severity: 'warning',
  code: 'gpus-unknown',
  path: null,
  message: 'Which GPUs there are could not be found out; the plan uses none.',
  remedy: 'Run `plimsoll probe` where the driver can be asked.',
};

const tooSmall: Finding = {
  severity: 'warning',
  code: 'gpu-too-small',
  path: null,
  message: 'The GPU cannot even hold the buffers of a prompt; the plan leaves it out.',
  remedy: null,
};

const unified: Finding = {
  severity: 'info',
  code: 'unified-memory',
  path: null,
  message: 'GPU and host share one memory: both rows count against one budget.',
  remedy: null,
};

/**
 * What llama.cpp pins beside a card: compute and output buffers of the host (`src/llama-context.cpp`), not the cache, nor weights
 * that are mapped. Where it cannot, it takes ordinary memory (`ggml-cuda.cu`), and copies are slower.
 */
function pinnedFindings({ parts }: Candidate, { pinnable }: Budgets): readonly Finding[] {
  const pinned = sumKnown([parts.host.compute, parts.host.output]);
  if (pinned === null || pinnable === null || pinned <= pinnable) return [];
  return [
    {
      severity: 'warning',
      code: 'pinned-beyond-ceiling',
      path: '/hardware/memory/pinnable_ceiling_gib',
      message: `llama.cpp would pin ${formatBytes(pinned)} of host buffers, and no more than ${formatBytes(pinnable)} can be pinned here; the rest is ordinary memory, and copies to the GPU are slower.`,
      remedy: 'Use a smaller micro-batch, or raise the limit on locked memory.',
    },
  ];
}

function unusedFindings(
  request: PlanRequest,
  used: readonly string[],
  { devices, leftOut }: Budgets,
): readonly Finding[] {
  if (request.devices !== null) return [];
  const idle = devices.filter(({ name }) => !used.includes(name));
  const why = 'it would not help what the plan is to be best at';
  return [
    ...idle.map((device) => unusedFinding(device, why)),
    ...leftOut.map((device) => unusedFinding(device, whyLeftOut(device, devices))),
  ];
}

function whyLeftOut(device: DeviceBudget, devices: readonly DeviceBudget[]): string {
  if (device.bytes === null) return 'how much of its memory is free was not measured';
  if (device.unified) return 'it shares the memory of the host, and there are cards with their own';
  return `one build of llama.cpp drives the cards of one maker, here ${devices[0]?.gpu.vendor ?? 'unknown'}`;
}

function unusedFinding({ name, gpu }: DeviceBudget, why: string): Finding {
  return {
    severity: 'info',
    code: 'gpu-not-used',
    path: null,
    message: `${gpu.name === null ? name : `${name} (${gpu.name})`} is not used: ${why}.`,
    remedy: `Name it with --device ${name} to plan with it all the same.`,
  };
}
