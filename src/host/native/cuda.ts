import type { Answer, CallFailure } from '../../core/reading/nvidia-protocol';
import { driverLibraries } from './library-paths';
import { loadFirst, StatusLibrary, textIn, type Koffi } from './native-library';

/** CUcontext, CUstream and CUevent, addresses; pinned host memory is one too. */
export type Address = bigint;
/** CUdeviceptr. */
export type DeviceAddress = number | bigint;

/**
 * cuda.h, which maps plain names to the suffixed ones: those without a suffix still exist, with the old 32-bit layout.
 */
const PROTOTYPES = {
  cuInit: 'int cuInit(uint32_t flags)',
  cuDriverGetVersion: 'int cuDriverGetVersion(_Out_ int *version)',
  cuDeviceGetCount: 'int cuDeviceGetCount(_Out_ int *count)',
  cuDeviceGet: 'int cuDeviceGet(_Out_ int *device, int ordinal)',
  cuDeviceGetName: 'int cuDeviceGetName(void *text, int length, int device)',
  cuDeviceGetUuid_v2: 'int cuDeviceGetUuid_v2(void *uuid, int device)',
  cuDeviceGetUuid: 'int cuDeviceGetUuid(void *uuid, int device)',
  cuDeviceGetPCIBusId: 'int cuDeviceGetPCIBusId(void *text, int length, int device)',
  cuDeviceTotalMem_v2: 'int cuDeviceTotalMem_v2(_Out_ size_t *bytes, int device)',
  cuDeviceGetAttribute: 'int cuDeviceGetAttribute(_Out_ int *value, int attribute, int device)',
  cuDevicePrimaryCtxRetain: 'int cuDevicePrimaryCtxRetain(_Out_ void **context, int device)',
  cuDevicePrimaryCtxRelease_v2: 'int cuDevicePrimaryCtxRelease_v2(int device)',
  cuCtxSetCurrent: 'int cuCtxSetCurrent(void *context)',
  cuMemGetInfo_v2: 'int cuMemGetInfo_v2(_Out_ size_t *free, _Out_ size_t *total)',
  cuMemHostAlloc: 'int cuMemHostAlloc(_Out_ void **memory, size_t bytes, uint32_t flags)',
  cuMemFreeHost: 'int cuMemFreeHost(void *memory)',
  cuMemAlloc_v2: 'int cuMemAlloc_v2(_Out_ uint64_t *memory, size_t bytes)',
  cuMemFree_v2: 'int cuMemFree_v2(uint64_t memory)',
  cuMemcpyHtoDAsync_v2: 'int cuMemcpyHtoDAsync_v2(uint64_t to, void *from, size_t bytes, void *stream)',
  cuMemcpyDtoHAsync_v2: 'int cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream)',
  cuMemcpyDtoDAsync_v2: 'int cuMemcpyDtoDAsync_v2(uint64_t to, uint64_t from, size_t bytes, void *stream)',
  cuStreamCreate: 'int cuStreamCreate(_Out_ void **stream, uint32_t flags)',
  cuStreamSynchronize: 'int cuStreamSynchronize(void *stream)',
  cuStreamDestroy_v2: 'int cuStreamDestroy_v2(void *stream)',
  cuEventCreate: 'int cuEventCreate(_Out_ void **event, uint32_t flags)',
  cuEventRecord: 'int cuEventRecord(void *event, void *stream)',
  cuEventQuery: 'int cuEventQuery(void *event)',
  cuEventSynchronize: 'int cuEventSynchronize(void *event)',
  cuEventElapsedTime: 'int cuEventElapsedTime(_Out_ float *milliseconds, void *from, void *to)',
  cuEventDestroy_v2: 'int cuEventDestroy_v2(void *event)',
} as const;
export type CudaCall = keyof typeof PROTOTYPES;

/** CUdevice_attribute. */
const ATTRIBUTES = {
  integrated: 18,
  major: 75,
  minor: 76,
  managed: 83,
  concurrentManaged: 89,
} as const;

const TEXT_BYTES = 96;
const UUID_BYTES = 16;

/** NVIDIA's CUDA driver API. Every method tells a failure apart from a value; none throws. */
export class Cuda {
  readonly #library: StatusLibrary<CudaCall>;

  /** Throws where the library cannot be loaded. */
  constructor(koffi: Koffi) {
    const library = loadFirst(koffi, driverLibraries('libcuda.so.1', 'nvcuda.dll'));
    this.#library = new StatusLibrary(library, PROTOTYPES, wordsOf(library));
  }

  /** Null where it succeeded. */
  call(name: CudaCall, ...args: unknown[]): CallFailure | null {
    return this.#library.call(name, ...args);
  }

  /** What the function wrote to its first argument, where CUDA puts results; `args` are the others. */
  read<T>(name: CudaCall, ...args: unknown[]): Answer<T> {
    const out: (T | null)[] = [null];
    const failure = this.call(name, out, ...args);
    return failure ?? { value: out[0]! };
  }

  version(): Answer<number> {
    return this.read('cuDriverGetVersion');
  }

  count(): Answer<number> {
    return this.read('cuDeviceGetCount');
  }

  deviceOf(ordinal: number): Answer<number> {
    return this.read<number>('cuDeviceGet', ordinal);
  }

  name(device: number): Answer<string> {
    return this.#text('cuDeviceGetName', device);
  }

  busId(device: number): Answer<string> {
    return this.#text('cuDeviceGetPCIBusId', device);
  }

  /** 16 bytes. A slice of MIG has its own; drivers before 11.4 tell only the card's. */
  uuid(device: number): Answer<Uint8Array> {
    const bytes = Buffer.alloc(UUID_BYTES);
    const failure = this.call('cuDeviceGetUuid_v2', bytes, device);
    const final = failure?.code === null ? this.call('cuDeviceGetUuid', bytes, device) : failure;
    return final ?? { value: bytes };
  }

  totalMemory(device: number): Answer<number> {
    const total = this.read<number | bigint>('cuDeviceTotalMem_v2', device);
    return 'value' in total ? { value: Number(total.value) } : total;
  }

  computeCapability(device: number): Answer<string> {
    const major = this.#attribute(ATTRIBUTES.major, device);
    const minor = this.#attribute(ATTRIBUTES.minor, device);
    if (!('value' in major)) return major;
    return 'value' in minor ? { value: `${major.value}.${minor.value}` } : minor;
  }

  isIntegrated(device: number): Answer<boolean> {
    return isOne(this.#attribute(ATTRIBUTES.integrated, device));
  }

  hasManagedMemory(device: number): Answer<boolean> {
    return isOne(this.#attribute(ATTRIBUTES.managed, device));
  }

  hasConcurrentManagedAccess(device: number): Answer<boolean> {
    return isOne(this.#attribute(ATTRIBUTES.concurrentManaged, device));
  }

  /** Free bytes as this context sees them. */
  freeMemory(): Answer<number> {
    const [free, total] = [[0], [0]];
    const failure = this.call('cuMemGetInfo_v2', free, total);
    return failure ?? { value: Number(free[0]) };
  }

  #attribute(attribute: number, device: number): Answer<number> {
    return this.read<number>('cuDeviceGetAttribute', attribute, device);
  }

  #text(name: CudaCall, device: number): Answer<string> {
    const buffer = Buffer.alloc(TEXT_BYTES);
    const failure = this.call(name, buffer, buffer.length, device);
    return failure ?? { value: textIn(buffer) };
  }
}

function isOne(answer: Answer<number>): Answer<boolean> {
  return 'value' in answer ? { value: answer.value === 1 } : answer;
}

function wordsOf(library: import('koffi').LibraryHandle): (code: number) => string {
  return (code) => {
    try {
      const name = library.func('int cuGetErrorName(int code, _Out_ const char **name)') as (
        code: number,
        out: (string | null)[],
      ) => number;
      const out: (string | null)[] = [null];
      return name(code, out) === 0 && out[0] ? out[0] : `status ${code}`;
    } catch {
      return `status ${code}`;
    }
  };
}
