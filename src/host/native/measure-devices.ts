import { uuidOf } from '../../core/reading/nvidia-codes';
import { normalBusId } from '../../core/reading/nvidia-smi-rows';
import {
  copyPaths,
  valueOf,
  type Answer,
  type CallFailure,
  type CudaDevice,
  type LinkReading,
  type ProberMessage,
} from '../../core/reading/nvidia-protocol';
import { measureCopies, withBuffers, type Buffers } from './copy-bench';
import type { Address, Cuda } from './cuda';
import type { Nvml } from './nvml';
import { findPinnable } from './pinning';
import type { KnownHandle } from './read-cards';

type Say = (message: ProberMessage) => void;

/** Everything that measuring needs. `nvml` is null where it is not to be had: then the link is not seen. */
export interface Bench {
  readonly cuda: Cuda;
  readonly nvml: Nvml | null;
  readonly handles: readonly KnownHandle[];
  readonly pinBytes: number;
  readonly say: Say;
}

/** More devices than any machine has, should a driver count wrongly. */
const MAX_DEVICES = 64;

/** Names every device of CUDA, then measures one after the other; whatever is taken is freed before the next. */
export function measureDevices(bench: Bench): void {
  const { cuda, say } = bench;
  say({ kind: 'step', name: 'cuInit' });
  const failure = cuda.call('cuInit', 0);
  const count = failure ?? cuda.count();
  say({ kind: 'cuda', count, version: cuda.version() });
  const devices: { readonly device: number; readonly told: CudaDevice }[] = [];
  for (let ordinal = 0; ordinal < Math.min(valueOf(count) ?? 0, MAX_DEVICES); ordinal += 1) {
    const device = valueOf(cuda.deviceOf(ordinal));
    if (device === null) continue;
    const told = describe(cuda, device, ordinal);
    say(told);
    devices.push({ device, told });
  }
  let pinned = false;
  for (const { device, told } of devices) {
    inContext(bench, device, told, () => {
      measureOne(bench, told);
      if (pinned) return;
      pinned = true;
      say({ kind: 'step', name: 'pinning host memory' });
      say(findPinnable(cuda, bench.pinBytes));
    });
  }
}

function describe(cuda: Cuda, device: number, ordinal: number): CudaDevice {
  const uuid = cuda.uuid(device);
  return {
    kind: 'device',
    ordinal,
    name: cuda.name(device),
    uuid: 'value' in uuid ? { value: uuidOf(uuid.value)! } : uuid,
    bus_id: cuda.busId(device),
    total: cuda.totalMemory(device),
    compute_capability: cuda.computeCapability(device),
    integrated: cuda.isIntegrated(device),
    managed: cuda.hasManagedMemory(device),
    concurrent_managed: cuda.hasConcurrentManagedAccess(device),
  };
}

/** The device's primary context, as runtimes use it. What it takes is the difference of free memory around it. */
function inContext(
  { cuda, nvml, handles, say }: Bench,
  device: number,
  told: CudaDevice,
  run: () => void,
): void {
  const { ordinal } = told;
  const handle = nvml === null ? null : handleOf(handles, told);
  const freeBytes = () => freeOf(nvml, handle);
  say({ kind: 'step', name: `creating a context on device ${ordinal}` });
  const before = freeBytes();
  const context = cuda.read<Address>('cuDevicePrimaryCtxRetain', device);
  const failure = 'value' in context ? cuda.call('cuCtxSetCurrent', context.value) : context;
  if (failure !== null) {
    say({ kind: 'context', ordinal, overhead: failure, free: failure });
    return;
  }
  const after = freeBytes();
  say({ kind: 'context', ordinal, overhead: difference(before, after), free: cuda.freeMemory() });
  try {
    run();
  } finally {
    cuda.call('cuCtxSetCurrent', null);
    cuda.call('cuDevicePrimaryCtxRelease_v2', device);
  }
}

function measureOne(bench: Bench, told: CudaDevice): void {
  const { cuda, nvml, handles, say } = bench;
  const handle = handleOf(handles, told);
  const near = nvml !== null && handle !== null && nvml.moveNear(handle.card);
  try {
    const { ordinal } = told;
    say({ kind: 'step', name: `taking buffers on device ${ordinal}` });
    // Half of what is free, for two buffers: other programs on this card go on.
    const room = Math.min((valueOf(cuda.freeMemory()) ?? 0) / 4, bench.pinBytes);
    const refused = withBuffers(cuda, room, (buffers) => copyAllWays(bench, told, handle, buffers, near));
    if (refused === null) return;
    for (const path of copyPaths) say({ kind: 'copy', ordinal, path, buffer: 0, samples: refused, near });
  } finally {
    if (near) nvml.moveBack(handle.card);
  }
}

function copyAllWays(
  { cuda, nvml, say }: Bench,
  { ordinal }: CudaDevice,
  handle: KnownHandle | null,
  buffers: Buffers,
  near: boolean,
): void {
  let link: LinkReading | null = null;
  for (const path of copyPaths) {
    const samples = measureCopies(cuda, path, buffers, (busy) => {
      say({ kind: 'step', name: `copying ${path} on device ${ordinal}` });
      if (nvml === null || handle === null || path === 'd2d') return;
      const seen = { gen: nvml.pcieGeneration(handle.card), width: nvml.pcieWidth(handle.card) };
      // Only what was read while copies still ran was read under load.
      if (busy() && higher(seen.gen, link?.gen ?? null)) link = { kind: 'link', ordinal, ...seen };
    });
    say({ kind: 'copy', ordinal, path, buffer: buffers.bytes, samples, near });
  }
  if (link !== null) say(link);
}

/** The link may still be waking up when it is first looked at. */
function higher(seen: Answer<number>, before: Answer<number> | null): boolean {
  return before === null || (valueOf(seen) ?? -1) > (valueOf(before) ?? -1);
}

/** By UUID, which for a slice of MIG is the slice's, else by place on the bus; never by position. */
function handleOf(handles: readonly KnownHandle[], told: CudaDevice): KnownHandle | null {
  const uuid = valueOf(told.uuid);
  const place = normalBusId(valueOf(told.bus_id) ?? '');
  return (
    (uuid === null
      ? undefined
      : handles.find((handle) => handle.uuid?.replace(/^(GPU|MIG)-/, '') === uuid)) ??
    (place === null ? undefined : handles.find(({ busId }) => normalBusId(busId ?? '') === place)) ??
    null
  );
}

function freeOf(nvml: Nvml | null, handle: KnownHandle | null): Answer<number> {
  if (nvml === null || handle === null) return notSeen();
  const memory = nvml.memory(handle.handle);
  return 'value' in memory ? { value: memory.value.free } : memory;
}

function notSeen(): CallFailure {
  return { call: 'nvmlDeviceGetMemoryInfo_v2', code: null, text: 'NVML does not show this device' };
}

function difference(before: Answer<number>, after: Answer<number>): Answer<number> {
  if (!('value' in before)) return before;
  return 'value' in after ? { value: before.value - after.value } : after;
}
