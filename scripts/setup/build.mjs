import { spawnSync } from 'node:child_process';

/** Builds what is out of date. Returns whether the build stands. */
export function build() {
  return spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 2, 2] }).status === 0;
}
