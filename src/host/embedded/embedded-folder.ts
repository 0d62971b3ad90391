import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { EMBEDDED_PACKAGE, EMBEDDED_VERSION, embeddedKinds } from '../../core/runtime/embedded-packages';
import type { EmbeddedKind } from '../../core/runtime/embedded-packages';
import { isAlive } from '../is-alive';
import type { Bytes } from '../../core/units';
import { makeFolder } from '../store/make-folder';

/** An embedded runtime in the data folder. */
export interface InstalledRuntime {
  readonly kind: EmbeddedKind;
  readonly version: string;
  readonly folder: string;
  readonly bytes: Bytes;
  /** When it was installed; ISO 8601. */
  readonly created: string;
}

/** Written last, so that a folder with it is whole. */
const MARKER = 'plimsoll-runtime.json';
const markerSchema = z.object({
  kind: z.enum(embeddedKinds),
  version: z.string(),
  bytes: z.number().nonnegative(),
  created: z.string(),
});
export type RuntimeMarker = z.infer<typeof markerSchema>;

/** Where a kind is or would be installed. */
export function embeddedFolder(dataDirectory: string, kind: EmbeddedKind): string {
  return join(runtimesFolder(dataDirectory), `embedded-${kind}`);
}

export function markerPath(folder: string): string {
  return join(folder, MARKER);
}

/** The address of node-llama-cpp's module in an installed runtime. */
export function embeddedModule(folder: string): string {
  return pathToFileURL(join(folder, 'node_modules', EMBEDDED_PACKAGE, 'dist', 'index.js')).href;
}

/** The embedded runtimes that are whole, of the version that this program knows. */
export async function installedRuntimes(dataDirectory: string): Promise<readonly InstalledRuntime[]> {
  const found = await Promise.all(
    embeddedKinds.map(async (kind) => readMarker(embeddedFolder(dataDirectory, kind))),
  );
  return found.filter(
    (runtime) => runtime !== null && runtime.version === EMBEDDED_VERSION,
  ) as InstalledRuntime[];
}

async function readMarker(folder: string): Promise<InstalledRuntime | null> {
  try {
    const marker = markerSchema.parse(JSON.parse(await readFile(markerPath(folder), 'utf8')));
    return { ...marker, folder };
  } catch {
    return null;
  }
}

/** Removes an installed runtime; false where there was none. Throws the system's error where it cannot. */
export async function removeRuntime(dataDirectory: string, kind: EmbeddedKind): Promise<boolean> {
  const folder = embeddedFolder(dataDirectory, kind);
  const there = await stat(folder).then(
    () => true,
    () => false,
  );
  // The marker first: what is half removed is not taken for whole.
  await rm(markerPath(folder), { force: true });
  await rm(folder, { recursive: true, force: true });
  return there;
}

/** A new folder to install into, whose name tells whose it is; what killed installations left is removed. */
export async function stagingFolder(dataDirectory: string, kind: EmbeddedKind): Promise<string> {
  const folder = runtimesFolder(dataDirectory);
  await makeFolder(folder);
  for (const name of await readdir(folder)) {
    const pid = /^embedded-[a-z]+\.(\d+)\.installing$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
  const staging = join(folder, `embedded-${kind}.${process.pid}.installing`);
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging);
  return staging;
}

function runtimesFolder(dataDirectory: string): string {
  return join(dataDirectory, 'runtimes');
}
