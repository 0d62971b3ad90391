/** The kernel counts in sectors of 512 bytes whatever the device's own sector is (Documentation/admin-guide/iostats.rst). */
const SECTOR_BYTES = 512;
const NAME = 2;
/** Reads completed, reads merged, sectors read, …: sectors are the third figure after the name. */
const SECTORS_READ = 5;

/** Bytes read from each block device since it appeared, by kernel name, from `/proc/diskstats`. Damaged lines are left out. */
export function parseDiskstats(text: string): ReadonlyMap<string, number> {
  const bytesRead = new Map<string, number>();
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [name, sectors] = [fields[NAME], fields[SECTORS_READ]];
    if (name === undefined || sectors === undefined || !/^\d+$/.test(sectors)) continue;
    bytesRead.set(name, Number(sectors) * SECTOR_BYTES);
  }
  return bytesRead;
}

/** Bytes that these devices read between two samples; null where a device is missing from one or a counter went back. */
export function bytesReadBetween(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  devices: readonly string[],
): number | null {
  if (devices.length === 0) return null;
  let total = 0;
  for (const device of devices) {
    const [start, end] = [before.get(device), after.get(device)];
    if (start === undefined || end === undefined || end < start) return null;
    total += end - start;
  }
  return total;
}
