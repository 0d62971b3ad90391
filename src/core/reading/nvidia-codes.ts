import type { CallFailure } from './nvidia-protocol';

/** nvmlReturn_t (nvml.h 13.3) that mean something of their own; the same words as for nvidia-smi's texts. */
const NVML: ReadonlyMap<number, string> = new Map([
  [3, 'not-supported'],
  [4, 'permission'],
  [9, 'no-driver'],
  [10, 'timeout'],
  [12, 'no-driver-library'],
  [13, 'not-supported'],
  [15, 'gpu-lost'],
  [16, 'gpu-lost'],
  [17, 'blocked'],
  [18, 'driver-mismatch'],
  [26, 'not-supported'],
]);

/** CUresult (cuda.h): what can come of looking, allocating and copying. */
const CUDA: ReadonlyMap<number, string> = new Map([
  [2, 'out-of-memory'],
  [34, 'no-driver'],
  [46, 'busy'],
  [100, 'no-device'],
  [304, 'blocked'],
  [702, 'timeout'],
  [800, 'permission'],
  [801, 'not-supported'],
  [802, 'not-ready'],
  [803, 'driver-mismatch'],
  [804, 'driver-mismatch'],
]);

/** Why there is no figure, as `code: call: the library's own words`. A call that is missing is not supported. */
export function reasonOf({ call, code, text }: CallFailure): string {
  if (code === null) return `not-supported: ${call}: ${text}`;
  const known = call.startsWith('nvml') ? NVML : CUDA;
  return `${known.get(code) ?? 'error'}: ${call}: ${text}`;
}

/** CUDA as it is written, `13.1`, of the number that its libraries give, 13010; null for anything that is none. */
export function cudaVersionOf(number: number): string | null {
  const [major, minor] = [Math.floor(number / 1000), Math.floor((number % 1000) / 10)];
  return major >= 1 && major < 100 ? `${major}.${minor}` : null;
}

/**
 * 16 bytes of a UUID as hexadecimal text in groups; null for any other length.
 */
export function uuidOf(bytes: Uint8Array): string | null {
  if (bytes.length !== 16) return null;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whether memory figures can be true: a library that was given another struct may say success and write nonsense. */
export function isPlausible(memory: { readonly total: number; readonly free: number }): boolean {
  const { total, free } = memory;
  return Number.isSafeInteger(total) && Number.isSafeInteger(free) && total > 0 && free >= 0 && free <= total;
}
