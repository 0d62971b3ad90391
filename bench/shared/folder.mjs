import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Hands out a new folder in PLIMSOLL_BENCH_DIR, else where temporary files go; it is gone afterwards, also when the bench is ended. */
export async function inFolder(use) {
  const folder = mkdtempSync(join(process.env.PLIMSOLL_BENCH_DIR ?? tmpdir(), 'plimsoll-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  for (const signal of SIGNALS) process.once(signal, end);
  try {
    return await use(folder);
  } finally {
    remove();
    process.off('exit', remove);
    for (const signal of SIGNALS) process.off(signal, end);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** What else is to be done at an end waits for `exit`, which a signal alone does not bring. */
function end() {
  process.exit(130);
}
