import type { Answer, CallFailure, CopyPath } from '../../core/reading/nvidia-protocol';
import { GB } from '../../core/units';
import type { Address, Cuda, DeviceAddress } from './cuda';

/** nvbandwidth's own numbers (v0.8: 512 MiB, 4 warm-ups, 16 copies between two events, the median of 3). */
export const BUFFER_BYTES = [512, 256, 128, 64].map((mib) => mib * 2 ** 20);
export const COPIES = 16;
export const WARM_UPS = 4;
const SAMPLES = 3;

/** CU_MEMHOSTALLOC_PORTABLE. */
export const PORTABLE = 1;
/** CU_STREAM_NON_BLOCKING. */
const NON_BLOCKING = 1;
/** CUDA_ERROR_NOT_READY: what an event answers while the work before it runs. */
const NOT_READY = 600;

export interface Buffers {
  readonly bytes: number;
  readonly host: Address;
  readonly device: DeviceAddress;
  readonly other: DeviceAddress;
}

interface Timer {
  readonly stream: Address;
  readonly start: Address;
  readonly stop: Address;
}

/** Sees the link; `busy` tells whether copies still run. Called between the last enqueued copy and waiting for it. */
export type Watch = (busy: () => boolean) => void;

/**
 * Takes one pinned buffer of the host and two of the device, of the largest size that all three can be had in and that
 * `mostBytes` allows; runs; frees all. The failure of the smallest size where none can be had.
 */
export function withBuffers(
  cuda: Cuda,
  mostBytes: number,
  run: (buffers: Buffers) => void,
): CallFailure | null {
  let failure: CallFailure = { call: 'cuMemAlloc_v2', code: 2, text: 'too little memory is free' };
  for (const bytes of BUFFER_BYTES.filter((size) => size <= mostBytes)) {
    const taken = takeBuffers(cuda, bytes);
    if (!('value' in taken)) {
      failure = taken;
      continue;
    }
    try {
      run(taken.value);
    } finally {
      freeBuffers(cuda, taken.value);
    }
    return null;
  }
  return failure;
}

function takeBuffers(cuda: Cuda, bytes: number): Answer<Buffers> {
  const device = cuda.read<DeviceAddress>('cuMemAlloc_v2', bytes);
  if (!('value' in device)) return device;
  const other = cuda.read<DeviceAddress>('cuMemAlloc_v2', bytes);
  if (!('value' in other)) {
    cuda.call('cuMemFree_v2', device.value);
    return other;
  }
  const host = cuda.read<Address>('cuMemHostAlloc', bytes, PORTABLE);
  if ('value' in host) {
    return { value: { bytes, host: host.value, device: device.value, other: other.value } };
  }
  cuda.call('cuMemFree_v2', other.value);
  cuda.call('cuMemFree_v2', device.value);
  return host;
}

function freeBuffers(cuda: Cuda, { host, device, other }: Buffers): void {
  cuda.call('cuMemFreeHost', host);
  cuda.call('cuMemFree_v2', other);
  cuda.call('cuMemFree_v2', device);
}

/** Each sample in 10^9 bytes copied a second. The first call that fails ends it. */
export function measureCopies(cuda: Cuda, path: CopyPath, buffers: Buffers, watch: Watch): Answer<number[]> {
  const timer = openTimer(cuda);
  if (!('value' in timer)) return timer;
  try {
    const warm = copyTimes(cuda, path, buffers, timer.value.stream, WARM_UPS);
    const failure = warm ?? cuda.call('cuStreamSynchronize', timer.value.stream);
    if (failure !== null) return failure;
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const gbps = timeCopies(cuda, path, buffers, timer.value, watch);
      if (!('value' in gbps)) return gbps;
      samples.push(gbps.value);
    }
    return { value: samples };
  } finally {
    closeTimer(cuda, timer.value);
  }
}

function timeCopies(
  cuda: Cuda,
  path: CopyPath,
  buffers: Buffers,
  { stream, start, stop }: Timer,
  watch: Watch,
): Answer<number> {
  const failure =
    cuda.call('cuEventRecord', start, stream) ??
    copyTimes(cuda, path, buffers, stream, COPIES) ??
    cuda.call('cuEventRecord', stop, stream);
  if (failure !== null) return failure;
  watch(() => cuda.call('cuEventQuery', stop)?.code === NOT_READY);
  const waited = cuda.call('cuEventSynchronize', stop);
  if (waited !== null) return waited;
  const call = 'cuEventElapsedTime';
  const milliseconds = cuda.read<number>(call, start, stop);
  if (!('value' in milliseconds)) return milliseconds;
  const gbps = (buffers.bytes * COPIES) / (milliseconds.value / 1000) / GB;
  return Number.isFinite(gbps) && gbps > 0
    ? { value: gbps }
    : { call, code: 0, text: 'the copies took no time' };
}

function copyTimes(
  cuda: Cuda,
  path: CopyPath,
  { bytes, host, device, other }: Buffers,
  stream: Address,
  times: number,
): CallFailure | null {
  for (let time = 0; time < times; time += 1) {
    const failure =
      path === 'h2d'
        ? cuda.call('cuMemcpyHtoDAsync_v2', device, host, bytes, stream)
        : path === 'd2h'
          ? cuda.call('cuMemcpyDtoHAsync_v2', host, device, bytes, stream)
          : cuda.call('cuMemcpyDtoDAsync_v2', other, device, bytes, stream);
    if (failure !== null) return failure;
  }
  return null;
}

function openTimer(cuda: Cuda): Answer<Timer> {
  const stream = cuda.read<Address>('cuStreamCreate', NON_BLOCKING);
  if (!('value' in stream)) return stream;
  // Flag 0: events that tell time.
  const start = cuda.read<Address>('cuEventCreate', 0);
  if (!('value' in start)) {
    cuda.call('cuStreamDestroy_v2', stream.value);
    return start;
  }
  const stop = cuda.read<Address>('cuEventCreate', 0);
  if ('value' in stop) return { value: { stream: stream.value, start: start.value, stop: stop.value } };
  cuda.call('cuEventDestroy_v2', start.value);
  cuda.call('cuStreamDestroy_v2', stream.value);
  return stop;
}

function closeTimer(cuda: Cuda, { stream, start, stop }: Timer): void {
  cuda.call('cuEventDestroy_v2', stop);
  cuda.call('cuEventDestroy_v2', start);
  cuda.call('cuStreamDestroy_v2', stream);
}
