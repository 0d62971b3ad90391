/** A number that remembers its unit: a plain number may become one, two different units do not mix. */
type Unit<Name extends string> = number & { readonly __unit?: Name };

/** A whole number of bytes. */
export type Bytes = Unit<'bytes'>;
/** Bytes moved in one second; `gbps` in a Profile is 10^9 of these. */
export type BytesPerSecond = Unit<'bytes per second'>;

export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;
/** Decimal units: what disks, buses and memory bandwidths are sold in. */
export const MB = 1e6;
export const GB = 1e9;

/** Bytes of a figure in MiB; null stays null. */
export function fromMib(mib: number | null): Bytes | null {
  return mib === null ? null : Math.round(mib * MIB);
}

/** Bytes of a figure in GiB; null stays null. */
export function fromGib(gib: number | null): Bytes | null {
  return gib === null ? null : Math.round(gib * GIB);
}

/** GiB of a byte count, kept to the KiB (six decimals), as Profile fields store it. */
export function toGib(bytes: Bytes): number {
  return Math.round((bytes / GIB) * 1e6) / 1e6;
}

/** Bytes a second of a Profile's `gbps` figure; null stays null. */
export function fromGbps(gbps: number | null): BytesPerSecond | null {
  return gbps === null ? null : gbps * GB;
}

/** The sum, or null where any part is unknown: an unknown stays unknown through every sum. */
export function sumKnown(parts: readonly (number | null)[]): number | null {
  let total = 0;
  for (const part of parts) {
    if (part === null) return null;
    total += part;
  }
  return total;
}

/** `value` rounded up to a multiple of `step`. */
export function padTo(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
