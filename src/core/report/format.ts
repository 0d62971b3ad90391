import { GB, GIB, KIB, MB, MIB } from '../units';

/** What stands for a value that is not known; `reason` as a provenance writes it, `code: explanation` or a code. */
export function formatUnknown(reason: string | null = null): string {
  return reason === null ? 'unknown' : `unknown (${explainReason(reason)})`;
}

/** The part of a reason that is for people: the explanation where there is one, else the code's words. */
export function explainReason(reason: string): string {
  const colon = reason.indexOf(': ');
  return colon === -1 ? reason.replaceAll('-', ' ') : reason.slice(colon + 2);
}

/** Memory in binary units: `23.99 GiB`, `512 MiB`. */
export function formatBytes(bytes: number | null, reason: string | null = null): string {
  if (bytes === null) return formatUnknown(reason);
  const size = Math.abs(bytes);
  if (size >= 1023.5 * MIB) return `${decimals(bytes / GIB)} GiB`;
  if (size >= 1023.5 * KIB) return `${roundTo(bytes / MIB, size < 10 * MIB ? 1 : 0)} MiB`;
  if (size >= KIB) return `${roundTo(bytes / KIB, 0)} KiB`;
  return `${roundTo(bytes, 0)} B`;
}

/** A Profile's `_gib` figure, in the unit that reads best. */
export function formatGib(gib: number | null, reason: string | null = null): string {
  return formatBytes(gib === null ? null : gib * GIB, reason);
}

/** A Profile's `_mib` figure, in the unit that reads best. */
export function formatMib(mib: number | null, reason: string | null = null): string {
  return formatBytes(mib === null ? null : mib * MIB, reason);
}

/** What a file takes on a disk or in a download, in decimal units: `18.6 GB`. */
export function formatFileSize(bytes: number | null, reason: string | null = null): string {
  if (bytes === null) return formatUnknown(reason);
  if (bytes >= 999.5 * MB) return `${decimals(bytes / GB)} GB`;
  if (bytes >= 1e6) return `${roundTo(bytes / MB, 0)} MB`;
  return `${roundTo(bytes / 1e3, bytes < 10e3 ? 1 : 0)} kB`;
}

/** A Profile's `_gbps` figure, 10^9 bytes a second: `25.6 GB/s`. */
export function formatGbps(gbps: number | null, reason: string | null = null): string {
  if (gbps === null) return formatUnknown(reason);
  return gbps < 1 ? `${roundTo(gbps * 1e3, 0)} MB/s` : `${decimals(gbps)} GB/s`;
}

/** A rate of generation or reading: `23.4 tok/s`. */
export function formatTokenRate(tokensPerSecond: number | null, reason: string | null = null): string {
  return tokensPerSecond === null ? formatUnknown(reason) : `${formatRate(tokensPerSecond)} tok/s`;
}

/** The number of a rate alone, for a range that names the unit once: three digits that matter. */
export function formatRate(value: number): string {
  if (value >= 100) return formatInteger(Math.round(value));
  if (value >= 10) return roundTo(value, 1);
  return roundTo(value, 2);
}

/** Parameters as people write them: `30.5B`, `350M`. */
export function formatParameters(count: number | null, reason: string | null = null): string {
  if (count === null) return formatUnknown(reason);
  if (count >= 999.5e9) return `${decimals(count / 1e12)}T`;
  if (count >= 999.5e6) return `${roundTo(count / 1e9, count < 9.95e9 ? 2 : 1)}B`;
  if (count >= 1e6) return `${roundTo(count / 1e6, 0)}M`;
  return formatInteger(count);
}

/** A whole number with thousands set apart: `131,072`. */
export function formatInteger(value: number | null, reason: string | null = null): string {
  if (value === null) return formatUnknown(reason);
  return String(Math.round(value)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** A share, 0 to 1, as whole percent; a small one that is not zero shows as `<1 %`. */
export function formatPercent(share: number | null, reason: string | null = null): string {
  if (share === null) return formatUnknown(reason);
  return share > 0 && share < 0.01 ? '<1 %' : `${Math.round(share * 100)} %`;
}

/** A value of any printable kind, for lists of assumptions and conditions. */
export function formatValue(value: string | number | boolean | null, unit: string | null = null): string {
  if (value === null) return 'unknown';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (unit === 'bytes') return formatBytes(value);
  const number =
    Number.isInteger(value) && value >= 10_000 ? formatInteger(value) : String(Number(value.toPrecision(6)));
  return unit === null ? number : `${number} ${unit}`;
}

/** Two decimals below 100, one below 1000, none above. */
function decimals(value: number): string {
  const size = Math.abs(value);
  if (size < 99.995) return roundTo(value, 2);
  return size < 999.95 ? roundTo(value, 1) : formatInteger(Math.round(value));
}

function roundTo(value: number, digits: number): string {
  return value.toFixed(digits);
}
