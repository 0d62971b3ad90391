import type { Gpu, ListedDevice } from '../profile/schema';

/** What is compared of a card. */
type Card = Pick<Gpu, 'name' | 'vendor' | 'vram_total_mib' | 'memory_kind'>;

/**
 * What a build of llama.cpp calls each of these cards, by its list; null for one that the list does not have. A card that several
 * backends of the build drive has the name of the first, as llama.cpp itself takes it; cards that are alike are counted in the
 * order of both lists. Servers elsewhere (RPC) are no cards of a machine.
 */
export function listedNames(
  cards: readonly Card[],
  listed: readonly ListedDevice[],
): readonly (string | null)[] {
  const here = listed.filter(({ name, total_mib }) => total_mib > 0 && backendOf(name) !== 'rpc');
  const names: (string | null)[] = cards.map(() => null);
  const taken = new Set<ListedDevice>();
  for (const backend of new Set(here.map(({ name }) => backendOf(name)))) {
    const own = here.filter(({ name }) => backendOf(name) === backend);
    for (const isAlike of [isNamedSo, isNamedAlike, isOfItsMaker]) {
      cards.forEach((card, position) => {
        if (names[position] !== null) return;
        const found = own.find((device) => !taken.has(device) && isAlike(card, device));
        if (found === undefined) return;
        taken.add(found);
        names[position] = found.name;
      });
    }
  }
  return names;
}

/** `cuda` of `CUDA0`. */
export function backendOf(name: string): string {
  return (/^[A-Za-z]+/u.exec(name)?.[0] ?? '').toLowerCase();
}

/** A 4060 is no 4060 Ti where both are there. */
function isNamedSo(card: Card, device: ListedDevice): boolean {
  const [mine, theirs] = [wordsOf(card.name ?? ''), wordsOf(device.description)];
  return mine.size === theirs.size && isNamedAlike(card, device);
}

function isNamedAlike(card: Card, device: ListedDevice): boolean {
  const [mine, theirs] = [wordsOf(card.name ?? ''), wordsOf(device.description)];
  const [fewer, more] = mine.size <= theirs.size ? [mine, theirs] : [theirs, mine];
  return fewer.size > 0 && [...fewer].every((word) => more.has(word)) && isAsLarge(card, device);
}

/** Words that one description has and another leaves out, and what a driver adds in brackets. */
const ornaments =
  /\([^)]*\)|\[[^\]]*\]|\b(?:nvidia|amd|advanced micro devices|ati|intel|corporation|graphics|inc)\b|[^a-z0-9]+/gu;

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(
    text
      .toLowerCase()
      .replaceAll(ornaments, ' ')
      .split(' ')
      .filter((word) => word !== ''),
  );
}

/** Whose cards a backend drives, where it is one maker's. */
const makers: Readonly<Record<string, string>> = {
  cuda: 'nvidia',
  rocm: 'amd',
  sycl: 'intel',
  mtl: 'apple',
};

/** A card whose driver calls it otherwise than the profile does is told by its maker and its memory. */
function isOfItsMaker(card: Card, device: ListedDevice): boolean {
  return (
    makers[backendOf(device.name)] === card.vendor &&
    card.vendor !== null &&
    (card.memory_kind === 'unified' || card.vram_total_mib !== null) &&
    isAsLarge(card, device)
  );
}

/** Drivers keep some hundred MiB to themselves, which one instrument counts and another does not. */
const MEMORY_TOLERANCE = 0.06;

/** A share of the host's memory has no size of its own: each backend tells another. */
function isAsLarge(
  { vram_total_mib: total, memory_kind: kind }: Card,
  { total_mib: listed }: ListedDevice,
): boolean {
  return kind === 'unified' || total === null || Math.abs(listed - total) <= MEMORY_TOLERANCE * total;
}
