import type { ListedDevice } from '../profile/schema';

/** More devices than llama.cpp can have (GGML_MAX_BACKENDS). */
const MOST = 64;

/**
 * Reads what `llama-server --list-devices` prints (`common/arg.cpp: common_print_available_devices`): a heading, then
 * `  NAME: DESCRIPTION (TOTAL MiB, FREE MiB free)` a device, or `  (none)`. Null where it is not that: an error, or a build of
 * before it.
 */
export function parseListedDevices(stdout: string): readonly ListedDevice[] | null {
  const lines = stdout.split(/\r?\n/u);
  const heading = lines.indexOf('Available devices:');
  if (heading < 0) return null;
  const devices = lines.slice(heading + 1).flatMap((line) => {
    const match = /^ {2}(\S{1,200}): (.{0,200}?) ?\((\d{1,9}) MiB, (\d{1,9}) MiB free\)\s*$/u.exec(line);
    if (match === null) return [];
    const [, name, description, total, free] = match;
    return [{ name: name!, description: description!, total_mib: Number(total), free_mib: Number(free) }];
  });
  if (devices.length === 0 && !lines.includes('  (none)')) return null;
  return devices.length > MOST ? null : devices;
}
