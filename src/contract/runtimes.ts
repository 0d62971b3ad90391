import { z } from 'zod';
import { embeddedKinds } from '../core/runtime/embedded-packages';

/** A runtime that was installed into the data folder. */
const installedSchema = z.object({
  kind: z.enum(embeddedKinds),
  version: z.string(),
  folder: z.string(),
  bytes: z.number().nonnegative(),
  created: z.string(),
});

/** What could be installed on this machine. */
const offeredSchema = z.object({
  kind: z.enum(embeddedKinds),
  /** Names with versions, as npm takes them. */
  packages: z.array(z.string()),
  /** What it takes on the disk; null where nobody measured it. */
  bytes: z.number().nonnegative().nullable(),
});

export const runtimeListSchema = z.object({
  installed: z.array(installedSchema),
  offered: z.array(offeredSchema),
});

export const runtimeKindSchema = z.object({ kind: z.enum(embeddedKinds) });
export const runtimeInstalledSchema = z.object({ runtime: installedSchema });
export const runtimeRemovedSchema = z.object({ removed: z.boolean() });
