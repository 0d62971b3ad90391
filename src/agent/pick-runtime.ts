import { basename, isAbsolute } from 'node:path';
import type { CommandOutput } from '../contract/commands';
import { ExpectedError } from '../contract/errors';
import type { Plan } from '../core/plan/schema';
import { cannotExpress, chooseRuntime, type TrialTool } from '../core/receipt/choose-runtime';
import { installedRuntimes, type InstalledRuntime } from '../host/embedded/embedded-folder';
import { findRuntime, type Runtime, type RuntimeTool } from '../host/run/find-runtime';
import { RuntimeError } from '../host/run/runtime-error';
import { noRuntime } from './trial/errors';

/** What a trial runs on. */
export type PickedRuntime =
  | { readonly kind: 'program'; readonly runtime: Runtime; readonly reason: string | null }
  | { readonly kind: 'embedded'; readonly runtime: InstalledRuntime; readonly reason: string | null }
  | { readonly kind: 'url'; readonly url: URL };

const tools: readonly RuntimeTool[] = ['llama-server', 'llama-bench'];
/** What the embedded runtime is called where runtimes are named. */
export const EMBEDDED: ReadonlySet<string> = new Set(['embedded', 'node-llama-cpp']);

/** The programs that a trial can run on here. */
export async function listRuntimes(
  signal: AbortSignal,
  dataDirectory: string,
): Promise<CommandOutput<'trial.runtimes'>> {
  const embedded = (await installedRuntimes(dataDirectory)).map(({ kind, version, folder }) => ({
    tool: 'node-llama-cpp' as const,
    path: folder,
    version: `${version} (${kind})`,
  }));
  return { runtimes: [...(await findRuntimes(signal)).found, ...embedded] };
}

interface Found {
  readonly found: readonly Runtime[];
  /** Why others that are there cannot be used. */
  readonly broken: readonly RuntimeError[];
}

/** The runtimes that are on this machine. */
async function findRuntimes(signal: AbortSignal): Promise<Found> {
  const tries = await Promise.all(
    tools.map((tool) =>
      findRuntime(tool, null, signal).catch((error: unknown) => {
        if (error instanceof RuntimeError) return error;
        throw error;
      }),
    ),
  );
  return {
    found: tries.flatMap((each) => (each === null || each instanceof RuntimeError ? [] : [each])),
    broken: tries.filter((each) => each instanceof RuntimeError),
  };
}

/** The runtime that was asked for: by address, name or path, or the best that can run the plan. Throws ExpectedError and RuntimeError. */
export async function pickRuntime(
  wanted: string,
  plan: Plan,
  signal: AbortSignal,
  dataDirectory: string,
): Promise<PickedRuntime> {
  const embedded = chooseEmbedded(plan, await installedRuntimes(dataDirectory));
  if (wanted === 'auto') return pickBest(plan, embedded, signal);
  if (EMBEDDED.has(wanted)) return pickEmbedded(wanted, plan, embedded);
  const url = urlOf(wanted);
  if (url !== null) return { kind: 'url', url };
  const tool = toolOf(wanted);
  const obstacle = cannotExpress(plan, tool);
  if (obstacle !== null) throw new RuntimeError('not-expressible', obstacle);
  const runtime = await findRuntime(tool, wanted === tool ? null : absolute(wanted), signal);
  if (runtime === null) throw noRuntime(wanted);
  return { kind: 'program', runtime, reason: null };
}

/** A plan on a device needs a runtime that computes on one; one without, the plain one. */
function chooseEmbedded(plan: Plan, installed: readonly InstalledRuntime[]): InstalledRuntime | null {
  const onDevice = plan.placement.gpu_layers > 0;
  return installed.find(({ kind }) => (kind === 'cpu') !== onDevice) ?? null;
}

function pickEmbedded(wanted: string, plan: Plan, embedded: InstalledRuntime | null): PickedRuntime {
  const obstacle = cannotExpress(plan, 'node-llama-cpp');
  if (obstacle !== null) throw new RuntimeError('not-expressible', obstacle);
  if (embedded === null) throw noRuntime(wanted);
  return { kind: 'embedded', runtime: embedded, reason: null };
}

async function pickBest(
  plan: Plan,
  embedded: InstalledRuntime | null,
  signal: AbortSignal,
): Promise<PickedRuntime> {
  const { found, broken } = await findRuntimes(signal);
  if (found.length === 0 && embedded === null) throw broken[0] ?? noRuntime('auto');
  const there = new Set<TrialTool>(found.map(({ tool }) => tool));
  if (embedded !== null) there.add('node-llama-cpp');
  const choice = chooseRuntime(plan, there);
  if (choice?.tool === 'node-llama-cpp')
    return { kind: 'embedded', runtime: embedded!, reason: choice.reason };
  const runtime = found.find(({ tool }) => tool === choice?.tool);
  if (choice !== null && runtime !== undefined) return { kind: 'program', runtime, reason: choice.reason };
  const obstacle =
    cannotExpress(plan, found[0]?.tool ?? 'node-llama-cpp') ?? 'the plan has no command for what was found';
  throw new RuntimeError('not-expressible', obstacle);
}

function urlOf(wanted: string): URL | null {
  if (!/^https?:\/\//i.test(wanted)) return null;
  try {
    // Paths of the server's own are put behind the address, so it must end in a slash.
    return new URL(wanted.endsWith('/') ? wanted : `${wanted}/`);
  } catch {
    throw new ExpectedError('invalid-input', `"${wanted}" is not an address.`, 'Write http://HOST:PORT.');
  }
}

/** Which tool a name or a path is. */
function toolOf(wanted: string): RuntimeTool {
  const name = basename(wanted.replaceAll('\\', '/')).toLowerCase();
  const tool = tools.find((each) => name.startsWith(each));
  if (tool !== undefined) return tool;
  throw new ExpectedError(
    'invalid-input',
    `"${wanted}" is no runtime that Plimsoll knows.`,
    'Say auto, llama-server, llama-bench, embedded, the path of one of them, or http://HOST:PORT of a llama-server that runs.',
  );
}

function absolute(path: string): string {
  if (isAbsolute(path)) return path;
  throw new ExpectedError(
    'invalid-input',
    `The runtime ${path} is not given by its whole path.`,
    'Give the whole path of the program, or its name alone where it is on PATH.',
  );
}
