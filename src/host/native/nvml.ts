import { isPlausible } from '../../core/reading/nvidia-codes';
import type { Answer, CallFailure, CardMemory } from '../../core/reading/nvidia-protocol';
import { driverLibraries } from './library-paths';
import { loadFirst, StatusLibrary, textIn, type Koffi } from './native-library';

/** nvmlDevice_t, an address. */
export type NvmlHandle = bigint;

/** nvml.h 13.3 (go-nvml). */
const PROTOTYPES = {
  nvmlInit_v2: 'int nvmlInit_v2()',
  nvmlShutdown: 'int nvmlShutdown()',
  nvmlSystemGetDriverVersion: 'int nvmlSystemGetDriverVersion(void *text, uint32_t length)',
  nvmlSystemGetCudaDriverVersion_v2: 'int nvmlSystemGetCudaDriverVersion_v2(_Out_ int *version)',
  nvmlDeviceGetCount_v2: 'int nvmlDeviceGetCount_v2(_Out_ uint32_t *count)',
  nvmlDeviceGetHandleByIndex_v2: 'int nvmlDeviceGetHandleByIndex_v2(uint32_t index, _Out_ void **device)',
  nvmlDeviceGetName: 'int nvmlDeviceGetName(void *device, void *text, uint32_t length)',
  nvmlDeviceGetUUID: 'int nvmlDeviceGetUUID(void *device, void *text, uint32_t length)',
  nvmlDeviceGetPciInfo_v3: 'int nvmlDeviceGetPciInfo_v3(void *device, _Out_ nvmlPciInfo_t *pci)',
  nvmlDeviceGetMemoryInfo_v2: 'int nvmlDeviceGetMemoryInfo_v2(void *device, _Inout_ nvmlMemory_v2_t *memory)',
  nvmlDeviceGetMemoryInfo: 'int nvmlDeviceGetMemoryInfo(void *device, _Out_ nvmlMemory_t *memory)',
  nvmlDeviceGetCudaComputeCapability:
    'int nvmlDeviceGetCudaComputeCapability(void *device, _Out_ int *major, _Out_ int *minor)',
  nvmlDeviceGetCurrPcieLinkGeneration:
    'int nvmlDeviceGetCurrPcieLinkGeneration(void *device, _Out_ uint32_t *value)',
  nvmlDeviceGetMaxPcieLinkGeneration:
    'int nvmlDeviceGetMaxPcieLinkGeneration(void *device, _Out_ uint32_t *value)',
  nvmlDeviceGetCurrPcieLinkWidth: 'int nvmlDeviceGetCurrPcieLinkWidth(void *device, _Out_ uint32_t *value)',
  nvmlDeviceGetMaxPcieLinkWidth: 'int nvmlDeviceGetMaxPcieLinkWidth(void *device, _Out_ uint32_t *value)',
  nvmlDeviceGetMigMode:
    'int nvmlDeviceGetMigMode(void *device, _Out_ uint32_t *current, _Out_ uint32_t *pending)',
  nvmlDeviceGetMaxMigDeviceCount: 'int nvmlDeviceGetMaxMigDeviceCount(void *device, _Out_ uint32_t *count)',
  nvmlDeviceGetMigDeviceHandleByIndex:
    'int nvmlDeviceGetMigDeviceHandleByIndex(void *device, uint32_t index, _Out_ void **slice)',
  nvmlDeviceGetAddressingMode:
    'int nvmlDeviceGetAddressingMode(void *device, _Inout_ nvmlDeviceAddressingMode_t *mode)',
  nvmlDeviceSetCpuAffinity: 'int nvmlDeviceSetCpuAffinity(void *device)',
  nvmlDeviceClearCpuAffinity: 'int nvmlDeviceClearCpuAffinity(void *device)',
} as const;
type Name = keyof typeof PROTOTYPES;

/** NVML's own buffer sizes: NVML_DEVICE_NAME_V2_BUFFER_SIZE, NVML_DEVICE_UUID_V2_BUFFER_SIZE, driver version 80. */
const TEXT_BYTES = 96;
/** Size of the struct and its version in the highest byte, as NVML_STRUCT_VERSION makes it: 0x02000028 for v2 memory. */
const structVersion = (size: number, version: number) => size + version * 2 ** 24;
/** nvmlDeviceAddressingModeType_t. */
const ADDRESSING = ['None', 'HMM', 'ATS'] as const;

interface MemoryStruct {
  readonly total: number | bigint;
  readonly free: number | bigint;
  readonly used: number | bigint;
  readonly reserved?: number | bigint;
}

/** NVIDIA's management library. Every method tells a failure apart from a value; none throws. */
export class Nvml {
  readonly #library: StatusLibrary<Name>;
  readonly #memoryVersion: number;
  readonly #addressingVersion: number;

  /** Throws where the library cannot be loaded. */
  constructor(koffi: Koffi) {
    const library = loadFirst(koffi, driverLibraries('libnvidia-ml.so.1', 'nvml.dll'));
    const { memoryV2, addressing } = defineStructs(koffi);
    this.#memoryVersion = structVersion(koffi.sizeof(memoryV2), 2);
    this.#addressingVersion = structVersion(koffi.sizeof(addressing), 1);
    this.#library = new StatusLibrary(library, PROTOTYPES, wordsOf(library));
  }

  init(): CallFailure | null {
    return this.#library.call('nvmlInit_v2');
  }

  shutdown(): void {
    this.#library.call('nvmlShutdown');
  }

  driverVersion(): Answer<string> {
    return this.#text('nvmlSystemGetDriverVersion');
  }

  /** 13010 for 13.1. */
  cudaVersion(): Answer<number> {
    return this.#library.read('nvmlSystemGetCudaDriverVersion_v2');
  }

  count(): Answer<number> {
    return this.#library.read('nvmlDeviceGetCount_v2');
  }

  handleOf(index: number): Answer<NvmlHandle> {
    return this.#library.read('nvmlDeviceGetHandleByIndex_v2', index);
  }

  name(handle: NvmlHandle): Answer<string> {
    return this.#text('nvmlDeviceGetName', handle);
  }

  uuid(handle: NvmlHandle): Answer<string> {
    return this.#text('nvmlDeviceGetUUID', handle);
  }

  busId(handle: NvmlHandle): Answer<string> {
    const pci = this.#library.read<{ busId: string }>('nvmlDeviceGetPciInfo_v3', handle);
    return 'value' in pci ? { value: pci.value.busId.slice(0, 32) } : pci;
  }

  /** The second struct where the driver has it, else the first. */
  memory(handle: NvmlHandle): Answer<CardMemory> {
    const call = 'nvmlDeviceGetMemoryInfo_v2';
    const second: { version: number } & Partial<MemoryStruct> = {
      version: this.#memoryVersion,
      total: 0,
      reserved: 0,
      free: 0,
      used: 0,
    };
    const failure = this.#library.call(call, handle, second);
    const memory = failure ?? memoryOf(second as MemoryStruct, 2, call);
    return 'value' in memory ? memory : this.#firstMemory(handle);
  }

  #firstMemory(handle: NvmlHandle): Answer<CardMemory> {
    const call = 'nvmlDeviceGetMemoryInfo';
    const first = this.#library.read<MemoryStruct>(call, handle);
    return 'value' in first ? memoryOf(first.value, 1, call) : first;
  }

  computeCapability(handle: NvmlHandle): Answer<string> {
    const [major, minor] = [[0], [0]];
    const failure = this.#library.call('nvmlDeviceGetCudaComputeCapability', handle, major, minor);
    return failure ?? { value: `${major[0]}.${minor[0]}` };
  }

  pcieGeneration(handle: NvmlHandle): Answer<number> {
    return this.#library.read('nvmlDeviceGetCurrPcieLinkGeneration', handle);
  }

  maxPcieGeneration(handle: NvmlHandle): Answer<number> {
    return this.#library.read('nvmlDeviceGetMaxPcieLinkGeneration', handle);
  }

  pcieWidth(handle: NvmlHandle): Answer<number> {
    return this.#library.read('nvmlDeviceGetCurrPcieLinkWidth', handle);
  }

  maxPcieWidth(handle: NvmlHandle): Answer<number> {
    return this.#library.read('nvmlDeviceGetMaxPcieLinkWidth', handle);
  }

  mig(handle: NvmlHandle): Answer<boolean> {
    const [current, pending] = [[0], [0]];
    const failure = this.#library.call('nvmlDeviceGetMigMode', handle, current, pending);
    return failure ?? { value: current[0] === 1 };
  }

  maxSlices(handle: NvmlHandle): Answer<number> {
    return this.#library.read('nvmlDeviceGetMaxMigDeviceCount', handle);
  }

  sliceOf(handle: NvmlHandle, index: number): Answer<NvmlHandle> {
    return this.#library.read('nvmlDeviceGetMigDeviceHandleByIndex', handle, index);
  }

  addressing(handle: NvmlHandle): Answer<(typeof ADDRESSING)[number]> {
    const call = 'nvmlDeviceGetAddressingMode';
    const mode = { version: this.#addressingVersion, value: 0 };
    const failure = this.#library.call(call, handle, mode);
    if (failure !== null) return failure;
    const value = ADDRESSING[mode.value];
    return value === undefined ? { call, code: 0, text: `mode ${mode.value} is not known` } : { value };
  }

  /** Moves this thread to the processors nearest to the card; whether it could. */
  moveNear(handle: NvmlHandle): boolean {
    return this.#library.call('nvmlDeviceSetCpuAffinity', handle) === null;
  }

  moveBack(handle: NvmlHandle): void {
    this.#library.call('nvmlDeviceClearCpuAffinity', handle);
  }

  #text(name: Name, ...args: unknown[]): Answer<string> {
    const buffer = Buffer.alloc(TEXT_BYTES);
    const failure = this.#library.call(name, ...args, buffer, buffer.length);
    return failure ?? { value: textIn(buffer) };
  }
}

function memoryOf(struct: MemoryStruct, version: 1 | 2, call: string): Answer<CardMemory> {
  const [total, free, used] = [Number(struct.total), Number(struct.free), Number(struct.used)];
  const reserved = version === 1 ? null : Number(struct.reserved);
  if (
    isPlausible({ total, free }) &&
    isPlausible({ total, free: used }) &&
    isPlausible({ total, free: reserved ?? 0 })
  ) {
    return { value: { version, total, free, used, reserved } };
  }
  return { call, code: 0, text: `it says ${free} of ${total} bytes are free, which cannot be` };
}

function defineStructs(koffi: Koffi) {
  koffi.struct('nvmlMemory_t', { total: 'uint64_t', free: 'uint64_t', used: 'uint64_t' });
  koffi.struct('nvmlPciInfo_t', {
    busIdLegacy: koffi.array('char', 16, 'String'),
    domain: 'uint32_t',
    bus: 'uint32_t',
    device: 'uint32_t',
    pciDeviceId: 'uint32_t',
    pciSubSystemId: 'uint32_t',
    busId: koffi.array('char', 32, 'String'),
  });
  const memoryV2 = koffi.struct('nvmlMemory_v2_t', {
    version: 'uint32_t',
    total: 'uint64_t',
    reserved: 'uint64_t',
    free: 'uint64_t',
    used: 'uint64_t',
  });
  const addressing = koffi.struct('nvmlDeviceAddressingMode_t', { version: 'uint32_t', value: 'uint32_t' });
  return { memoryV2, addressing };
}

function wordsOf(library: import('koffi').LibraryHandle): (code: number) => string {
  return (code) => {
    try {
      const words = library.func('const char *nvmlErrorString(int code)') as (code: number) => string | null;
      return words(code) ?? `status ${code}`;
    } catch {
      return `status ${code}`;
    }
  };
}
