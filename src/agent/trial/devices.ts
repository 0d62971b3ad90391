import { ExpectedError } from '../../contract/errors';
import type { Plan } from '../../core/plan/schema';
import type { Runtime } from '../../host/run/find-runtime';
import { listDevices } from '../../host/run/list-devices';

/**
 * Throws ExpectedError where the plan's command names devices that this program does not list: it would end at once. Nothing is
 * asked of it where the plan names none. Throws AbortError.
 */
export async function refuseOtherDevices(
  { commands }: Plan,
  { tool, path }: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const wanted = devicesOf(commands.find((command) => command.tool === tool)?.argv ?? []);
  if (wanted.length === 0) return;
  const listed = await listDevices(path, signal);
  const names = listed?.map(({ name }) => name.toLowerCase());
  const missing = names === undefined ? [] : wanted.filter((name) => !names.includes(name.toLowerCase()));
  if (missing.length === 0) return;
  const own = listed!.map(({ name, description }) => `${name} (${description})`);
  throw new ExpectedError(
    'runtime-other-devices',
    `${path} has no device ${missing.join(', ')}; it lists ${own.length === 0 ? 'none' : own.join(', ')}.`,
    'Name a build of llama.cpp for these cards with --runtime PATH; one that is first on PATH names the devices of plans.',
    { missing, listed: listed!.map(({ name }) => name) },
  );
}

/** The names after `-dev`, which llama-bench separates by slashes; none for `none`. */
function devicesOf(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('-dev');
  const names = at < 0 ? [] : (argv[at + 1]?.split(/[,/]/u) ?? []);
  return names.filter((name) => name !== 'none');
}
