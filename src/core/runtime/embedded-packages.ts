import type { Bytes } from '../units';
import { MIB } from '../units';

/** What the embedded runtime can compute on. */
export const embeddedKinds = ['cpu', 'cuda', 'vulkan', 'metal'] as const;
export type EmbeddedKind = (typeof embeddedKinds)[number];

/** Its llama.cpp is v0.5.0, for which plans are written. */
export const EMBEDDED_VERSION = '3.22.1';
export const EMBEDDED_PACKAGE = 'node-llama-cpp';

export interface EmbeddedPackages {
  /** Names with versions, as npm takes them: the runtime and its binaries for this one platform. */
  readonly specs: readonly string[];
  /** What they and what they need take on the disk; null where nobody measured it. */
  readonly bytes: Bytes | null;
}

/** The packages of one kind for a platform as Node names it; null where there are none. */
export function embeddedPackages(
  kind: EmbeddedKind,
  platform: string,
  architecture: string,
): EmbeddedPackages | null {
  const binaries = BINARIES[kind][`${platform}-${architecture}`];
  if (binaries === undefined) return null;
  const own = INSTALLED_MIB[binaries];
  return {
    specs: [`${EMBEDDED_PACKAGE}@${EMBEDDED_VERSION}`, `@node-llama-cpp/${binaries}@${EMBEDDED_VERSION}`],
    bytes: own === undefined ? null : (own + SHARED_MIB) * MIB,
  };
}

/** Kinds that there are packages for on this platform. */
export function embeddedKindsFor(platform: string, architecture: string): readonly EmbeddedKind[] {
  return embeddedKinds.filter((kind) => embeddedPackages(kind, platform, architecture) !== null);
}

/** Optional dependencies of node-llama-cpp 3.22.1, by platform. Apple's processors have one package for both kinds. */
const BINARIES: Readonly<Record<EmbeddedKind, Readonly<Record<string, string>>>> = {
  cpu: {
    'linux-x64': 'linux-x64',
    'linux-arm64': 'linux-arm64',
    'linux-arm': 'linux-armv7l',
    'win32-x64': 'win-x64',
    'win32-arm64': 'win-arm64',
    'darwin-x64': 'mac-x64',
    'darwin-arm64': 'mac-arm64-metal',
  },
  cuda: { 'linux-x64': 'linux-x64-cuda', 'win32-x64': 'win-x64-cuda' },
  vulkan: { 'linux-x64': 'linux-x64-vulkan', 'win32-x64': 'win-x64-vulkan' },
  metal: { 'darwin-arm64': 'mac-arm64-metal' },
};

/** What node-llama-cpp 3.22.1 and its dependencies take without binaries: 85 MiB installed with those of linux-x64, which are 30. */
const SHARED_MIB = 55;
/** Unpacked size of each package of binaries, version 3.22.1, measured. */
const INSTALLED_MIB: Readonly<Record<string, number>> = {
  'linux-x64': 30,
  'linux-arm64': 20,
  'linux-armv7l': 13,
  'linux-x64-cuda': 181,
  'linux-x64-vulkan': 71,
};
