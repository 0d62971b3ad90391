import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where NVIDIA's driver keeps a library, best first. WSL's must be opened by its real path, before one that a Linux
 * driver package left. The unversioned name is a link for linking, and `stubs` hold no code: neither is tried.
 */
export function driverLibraries(linux: string, windows: string): readonly string[] {
  if (process.platform === 'linux') {
    const [wsl, nix] = [join('/usr/lib/wsl/lib', linux), join('/run/opengl-driver/lib', linux)];
    return [...ifThere(wsl), linux, ...ifThere(nix)];
  }
  if (process.platform !== 'win32') return [];
  const system = join(process.env['WINDIR'] ?? 'C:\\Windows', 'System32');
  const programs = process.env['ProgramFiles'] ?? 'C:\\Program Files';
  return [join(system, windows), ...ifThere(join(programs, 'NVIDIA Corporation', 'NVSMI', windows))];
}

function ifThere(path: string): readonly string[] {
  return existsSync(path) ? [path] : [];
}
