import { finding, type Finding } from '../finding';
import { grouped } from '../grouped';
import type { Model } from '../model/schema';
import { formatBytes } from '../report/format';
import { sumKnown } from '../units';
import { fusesOn } from './backend-problem';
import type { Budgets, DeviceBudget } from './budgets';
import { cardNames } from './card-names';
import { isCuda } from './commands';
import type { Candidate } from './placement';
import { MOST_DEVICES } from './request-schema';
import { runtimeName } from './runtime-names';
import type { PlanRequest } from './schema';
import { devicesInUse } from './settings';

/** What there is to say of the GPUs that a plan uses, or does not. */
export function deviceFindings(
  model: Model,
  request: PlanRequest,
  candidate: Candidate,
  budgets: Budgets,
): readonly Finding[] {
  if (budgets.gpusUnknown) return [unknownGpus];
  if (budgets.devices.length === 0) return [];
  const used = devicesInUse(candidate.settings).map(({ name }) => name);
  if (used.length === 0) return request.objective === 'least-vram' ? [] : [tooSmall];
  return [
    ...nameFindings(used, budgets),
    ...attentionFindings(model, request, candidate, budgets),
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

/** One for all cards that the search had no use for, and one for each reason to leave others out of it. */
function unusedFindings(
  request: PlanRequest,
  used: readonly string[],
  { devices, leftOut }: Budgets,
): readonly Finding[] {
  if (request.devices !== null) return [];
  const idle = devices.filter(({ name }) => !used.includes(name));
  const reasons = grouped(leftOut, (device) => whyLeftOut(device, devices));
  return [
    ...(idle.length === 0
      ? []
      : [unusedFinding(idle, 'nothing is gained for what the plan is to be best at')]),
    ...[...reasons].map(([why, cards]) => unusedFinding(cards, why)),
  ];
}

/** The cache was put on the host because the cards compute no attention over it. */
function attentionFindings(
  model: Model,
  request: PlanRequest,
  { settings }: Candidate,
  { devices }: Budgets,
): readonly Finding[] {
  const { keyType, valueType, flashAttention, offloadCache } = settings;
  const gpus = devices.map(({ gpu }) => gpu);
  if (offloadCache || request.offload_cache !== null || !flashAttention) return [];
  if (fusesOn(model, keyType, valueType, gpus)) return [];
  return [
    finding(
      'warning',
      'attention-on-host',
      'The GPU has no flash attention for this cache, so cache and attention stay on the host, which is slow with a long context.',
      'Choose caches of q4_0, q8_0 or f16, or plan without flash attention.',
    ),
  ];
}

/** Cards that the build of llama.cpp here does not list, and names that could be others in another build. */
function nameFindings(used: readonly string[], { devices, namedBy }: Budgets): readonly Finding[] {
  const unlisted = devices.filter(({ name, listed }) => listed === null && used.includes(name));
  if (unlisted.length === 0) return [];
  const names = unlisted.map((device) => runtimeName(device) ?? device.name).join(', ');
  const cards = unlisted.map(({ name, gpu }) => (gpu.name === null ? name : `${name} (${gpu.name})`));
  if (namedBy !== null)
    return [
      finding(
        'warning',
        'device-not-listed',
        `The llama-server that was found (${namedBy}) lists no device that is ${cards.join(' or ')}: it would not start with these flags, which say ${names} as builds for such cards do.`,
        'Run a build of llama.cpp for these cards, or update their driver.',
      ),
    ];
  if (unlisted.every(isCuda)) return [];
  return [
    finding(
      'info',
      'device-names-assumed',
      `The flags say ${names} for ${cards.join(' and ')}, as builds for such cards do; a Vulkan build says Vulkan0, Vulkan1, …`,
      'Compare with `llama-server --list-devices`, or plan where a llama-server is on PATH: its own names are then used.',
    ),
  ];
}

function whyLeftOut(device: DeviceBudget, devices: readonly DeviceBudget[]): string {
  if (device.bytes === null) return 'how much memory is free there was not measured';
  if (devices.length === MOST_DEVICES) return `llama.cpp takes no more than ${MOST_DEVICES}`;
  if (device.listed === null && devices.some(({ listed }) => listed !== null))
    return 'the llama-server that was found lists no such device';
  if (device.unified) return 'what memory there is belongs to the host, and there are cards with their own';
  return `one build of llama.cpp drives the cards of one maker, here ${devices[0]?.gpu.vendor ?? 'unknown'}`;
}

function unusedFinding(cards: readonly DeviceBudget[], why: string): Finding {
  const names = cards.map(({ name }) => name).join(',');
  const [are, them] = cards.length === 1 ? ['is', 'it'] : ['are', 'them'];
  return finding(
    'info',
    'gpu-not-used',
    `${cardNames(cards)} ${are} not used: ${why}.`,
    `Name ${them} with --device ${names} to plan with ${them} all the same.`,
  );
}
