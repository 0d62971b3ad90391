import { MIB, type Bytes } from '../units';

const VM_STAT_PAGE = /page size of (\d{1,8}) bytes/;
/** psutil's rule for `available` on macOS: free (vm_stat prints it without the speculative ones) and inactive. Purgeable pages are among these already. */
const VM_STAT_RECLAIMABLE = ['Pages free', 'Pages speculative', 'Pages inactive'];

/** What a new process can take on macOS, from `vm_stat`; null where a count is missing. */
export function parseVmStat(text: string): Bytes | null {
  const pageBytes = Number(VM_STAT_PAGE.exec(text)?.[1] ?? Number.NaN);
  let pages = 0;
  for (const name of VM_STAT_RECLAIMABLE) {
    pages += Number(new RegExp(`^${name}:\\s+(\\d{1,15})\\.$`, 'm').exec(text)?.[1] ?? Number.NaN);
  }
  const bytes = pages * pageBytes;
  return Number.isNaN(bytes) ? null : bytes;
}

/** Total swap on macOS, from `sysctl -n vm.swapusage` (`total = 2048.00M  used = …`); it grows on demand. Null where it cannot be read. */
export function parseSwapUsage(text: string): Bytes | null {
  const mib = /total = (\d{1,9}(?:\.\d+)?)M/.exec(text)?.[1];
  return mib === undefined ? null : Math.round(Number(mib) * MIB);
}
