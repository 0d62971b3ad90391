/** The version stands near the top of every report; the rest (supported clocks) may be long. */
const HEAD = 8192;

const LABELS = [
  /CUDA UMD Version\s*:\s*(\d{1,3}\.\d{1,3})\b/i,
  /CUDA Version\s*:\s*(\d{1,3}\.\d{1,3})\b/i,
  /<cuda_umd_version>\s*(\d{1,3}\.\d{1,3})\s*</,
  /<cuda_version>\s*(\d{1,3}\.\d{1,3})\s*</,
];

/**
 * The newest CUDA version that the driver supports, from nvidia-smi's table, `-q` or `-q -x`; null where it does not say
 * (drivers before 410, `ERR!` on WSL2). It says nothing about an installed toolkit.
 */
export function parseCudaVersion(report: string): string | null {
  const head = report.slice(0, HEAD);
  for (const label of LABELS) {
    const version = label.exec(head)?.[1];
    if (version !== undefined) return version;
  }
  return null;
}

/** Names of the MIG slices that `nvidia-smi -L` lists under the card with this UUID, e.g. `3g.40gb`. */
export function parseMigSlices(list: string, cardUuid: string): readonly string[] {
  const slices: string[] = [];
  let mine = false;
  for (const line of list.split(/\r?\n/, 2000)) {
    if (/^GPU \d+:/.test(line)) mine = line.includes(`(UUID: ${cardUuid})`);
    const slice = /^\s+MIG (\S{1,40})\s+Device\s+\d+:/.exec(line)?.[1];
    if (mine && slice !== undefined) slices.push(slice);
  }
  return slices;
}
