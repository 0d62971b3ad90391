/** What sysfs says of the link of one PCI device, towards the processor. Null for a file that is absent. */
export interface PciHop {
  /** `vendor`, e.g. `0x1002`. */
  readonly vendor: string | null;
  /** `current_link_speed`, e.g. `16.0 GT/s PCIe`. */
  readonly speed: string | null;
  /** `current_link_width`. */
  readonly width: string | null;
  readonly maxSpeed: string | null;
  readonly maxWidth: string | null;
}

/** Generations and lanes; null where no hop tells. */
export interface PciLink {
  readonly generation: number | null;
  readonly generationMax: number | null;
  readonly width: number | null;
  readonly widthMax: number | null;
}

/** Gigatransfers a second of each generation (PCI-SIG). */
const GENERATIONS: ReadonlyMap<string, number> = new Map([
  ['2.5', 1],
  ['5.0', 2],
  ['5', 2],
  ['8.0', 3],
  ['8', 3],
  ['16.0', 4],
  ['16', 4],
  ['32.0', 5],
  ['32', 5],
  ['64.0', 6],
  ['64', 6],
]);
/** PCIe has links of up to 32 lanes; the kernel writes 255 for a link that is not there. */
const MOST_LANES = 32;

/**
 * The link between a card and the processor: the slowest and the narrowest hop, from the card up to the root port. Cards
 * of AMD carry a bridge of their own, and what its inner side says is no slot: of the card's own hops only the outermost
 * counts.
 */
export function linkOfHops(hops: readonly PciHop[]): PciLink {
  const own = hops.findIndex(({ vendor }) => vendor !== hops[0]?.vendor);
  const outer = hops.slice(Math.max(0, (own === -1 ? hops.length : own) - 1));
  return {
    generation: least(outer.map(({ speed }) => generationOf(speed))),
    generationMax: least(outer.map(({ maxSpeed }) => generationOf(maxSpeed))),
    width: least(outer.map(({ width }) => lanesOf(width))),
    widthMax: least(outer.map(({ maxWidth }) => lanesOf(maxWidth))),
  };
}

function generationOf(speed: string | null): number | null {
  const rate = /^(\d{1,2}(?:\.\d)?) GT\/s/.exec(speed?.trim() ?? '')?.[1];
  return rate === undefined ? null : (GENERATIONS.get(rate) ?? null);
}

function lanesOf(width: string | null): number | null {
  const lanes = /^\d{1,3}$/.test(width?.trim() ?? '') ? Number(width) : 0;
  return lanes > 0 && lanes <= MOST_LANES ? lanes : null;
}

/** Hops that do not tell bind nothing. */
function least(values: readonly (number | null)[]): number | null {
  const told = values.filter((value) => value !== null);
  return told.length === 0 ? null : Math.min(...told);
}
