import { KIB } from '../units';
import type { CacheTotal, Caches } from './cpu-topology';

/** What macOS or Windows says of a processor; null where it does not. */
export interface CpuDescription {
  readonly name: string | null;
  readonly physicalCores: number | null;
  readonly logicalCores: number | null;
  readonly caches: Caches;
  readonly flags: readonly string[] | null;
}

/** macOS' names for what Linux calls otherwise. */
const ARM_FEATURES: Readonly<Record<string, string>> = {
  'hw.optional.neon': 'asimd',
  'hw.optional.AdvSIMD': 'asimd',
  'hw.optional.arm.FEAT_FP16': 'asimdhp',
  'hw.optional.arm.FEAT_DotProd': 'asimddp',
  'hw.optional.arm.FEAT_I8MM': 'i8mm',
  'hw.optional.arm.FEAT_BF16': 'bf16',
  'hw.optional.arm.FEAT_SME': 'sme',
  'hw.optional.arm.FEAT_SME2': 'sme2',
};
const X86_FEATURES: Readonly<Record<string, string>> = {
  'SSE4.2': 'sse4_2',
  'AVX1.0': 'avx',
  FMA: 'fma',
  F16C: 'f16c',
  AVX2: 'avx2',
  BMI2: 'bmi2',
  AVX512F: 'avx512f',
  AVX512BW: 'avx512bw',
  AVX512CD: 'avx512cd',
  AVX512DQ: 'avx512dq',
  AVX512VL: 'avx512vl',
  AVX512VNNI: 'avx512_vnni',
};

/** Reads `sysctl hw machdep.cpu` of macOS, lines of `name: value`. */
export function parseSysctlCpu(text: string): CpuDescription {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(': ');
    if (colon > 0) values.set(line.slice(0, colon), line.slice(colon + 2).trim());
  }
  const count = (name: string) => positive(values.get(name));
  const physicalCores = count('hw.physicalcpu');
  return {
    name: values.get('machdep.cpu.brand_string') ?? null,
    physicalCores,
    logicalCores: count('hw.logicalcpu'),
    caches: {
      l1d: perCore(count('hw.l1dcachesize'), physicalCores),
      // Shared by clusters in ways that sysctl does not tell on Apple silicon.
      l2: null,
      l3: shared(count('hw.l3cachesize'), count('hw.packages')),
    },
    flags: macFlags(values),
  };
}

function macFlags(values: ReadonlyMap<string, string>): readonly string[] | null {
  const listed = ['machdep.cpu.features', 'machdep.cpu.leaf7_features'].flatMap(
    (name) => values.get(name)?.split(/\s+/) ?? [],
  );
  const arm = Object.entries(ARM_FEATURES).flatMap(([name, flag]) =>
    values.get(name) === '1' ? [flag] : [],
  );
  const x86 = listed.flatMap((feature) => X86_FEATURES[feature] ?? []);
  return listed.length + arm.length === 0 ? null : [...arm, ...x86];
}

/** Reads `Get-CimInstance Win32_Processor | ConvertTo-Json`: one object a socket, or a list of them. Cache sizes there are KiB. */
export function parseWin32Processor(text: string): CpuDescription | null {
  const sockets = parseSockets(text);
  if (sockets === null || sockets.length === 0) return null;
  const sum = (name: string): number | null => {
    const values = sockets.map((socket) => positive(socket[name]));
    return values.includes(null) ? null : values.reduce((total: number, value) => total + value!, 0);
  };
  const cache = (name: string) => shared(scale(sum(name), KIB), 1);
  const name = sockets[0]!['Name'];
  return {
    name: typeof name === 'string' && name.trim() !== '' ? name.trim() : null,
    physicalCores: sum('NumberOfCores'),
    logicalCores: sum('NumberOfLogicalProcessors'),
    caches: { l1d: null, l2: cache('L2CacheSize'), l3: cache('L3CacheSize') },
    flags: null,
  };
}

function parseSockets(text: string): readonly Readonly<Record<string, unknown>>[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const list = Array.isArray(parsed) ? parsed : [parsed];
    return list.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
  } catch {
    return null;
  }
}

function positive(value: unknown): number | null {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isInteger(number) && number > 0 ? number : null;
}

function scale(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

function perCore(bytes: number | null, cores: number | null): CacheTotal | null {
  return bytes === null || cores === null
    ? null
    : { totalBytes: bytes * cores, largestBytes: bytes, count: cores };
}

function shared(bytes: number | null, count: number | null): CacheTotal | null {
  return bytes === null ? null : { totalBytes: bytes * (count ?? 1), largestBytes: bytes, count: count ?? 1 };
}
