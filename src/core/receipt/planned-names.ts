import { backendOf } from '../plan/listed-names';
import type { Plan } from '../plan/schema';

/**
 * A runtime's log with each device of the plan's `-dev` named by its place in the profile, as `deviceOfBuffer` reads it: what a
 * build calls `Vulkan1` may be the first card. Unchanged where the plan names none.
 */
export function namedAsPlanned(log: string, { commands, memory }: Pick<Plan, 'commands' | 'memory'>): string {
  const argv = commands[0]?.argv ?? [];
  const at = argv.indexOf('-dev');
  const names = at < 0 ? [] : (argv[at + 1]?.split(/[,/]/u) ?? []);
  const devices = memory.map(({ device }) => device).filter((device) => device !== 'host');
  if (names.length !== devices.length) return log;
  const places = new Map(names.map((name, position) => [name, placedName(name, devices[position]!)]));
  if ([...places].every(([name, place]) => name === place)) return log;
  // one pass, so that two names may change places
  return log.replaceAll(/\b[A-Za-z]+\d+(?=_|\b)/gu, (word) => places.get(word) ?? word);
}

/** `ROCm1` of `ROCm0` on gpu1. */
function placedName(name: string, device: string): string {
  const prefix = name.slice(0, backendOf(name).length);
  return prefix + device.replace(/^gpu/u, '');
}
