import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { temporaryFolder } from './temporary';

const LIBRARIES = { 'nvml.c': 'libnvidia-ml.so.1', 'cuda.c': 'libcuda.so.1' };

/** Why the stand-ins for NVIDIA's libraries cannot be built here; null where they can. */
export function whyNoStubs(): string | null {
  if (process.platform !== 'linux') return 'the stand-ins are for Linux';
  return spawnSync('cc', ['--version']).status === 0 ? null : 'cc is not installed';
}

/** The stand-ins for NVML and CUDA, compiled: a folder for LD_LIBRARY_PATH. Also each alone. */
export function buildStubs() {
  const folder = temporaryFolder();
  for (const place of ['both', 'nvml.c', 'cuda.c']) {
    for (const [source, library] of Object.entries(LIBRARIES)) {
      if (place === 'both' || place === source) compile(source, join(folder.path, place, library));
    }
  }
  return {
    both: join(folder.path, 'both'),
    nvml: join(folder.path, 'nvml.c'),
    cuda: join(folder.path, 'cuda.c'),
    remove: () => folder.remove(),
  };
}

function compile(source: string, library: string): void {
  const folder = resolve('test/fixtures/native');
  spawnSync('mkdir', ['-p', join(library, '..')]);
  const { status, stderr } = spawnSync(
    'cc',
    ['-shared', '-fPIC', '-O2', '-o', library, join(folder, source)],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
}
