import type { Bytes } from '../units';
import type { Stage } from './parallel';
import type { PagedLayer } from './kv-pages';

/** Layers whose blocks are handed out together, with one block table. */
export interface CacheGroup {
  readonly kind: PagedLayer['kind'];
  readonly window: number | null;
  readonly block: number;
  readonly layers: readonly number[];
}

/** How the layers share memory. */
export interface CacheLayout {
  /** `one`: every layer alike, or of one kind; `hybrid`: several kinds in groups of equal pages; `as-full`: kinds whose pages do not match. */
  readonly kind: 'none' | 'one' | 'hybrid' | 'as-full';
  readonly groups: readonly CacheGroup[];
  /** Bytes that one block takes in all layers of a group together. */
  readonly blockBytes: (stage: Stage) => Bytes;
}

/** Below this ratio of layer counts the larger one sizes the groups, so that less is padded (`kv_cache_utils.py`). */
const PADDING_RATIO = 1.5;

/** Groups the layers as vLLM's hybrid allocator does (`vllm/v1/core/kv_cache_utils.py: get_kv_cache_groups`). */
export function layoutOf(pages: readonly PagedLayer[]): CacheLayout {
  if (pages.length === 0) return { kind: 'none', groups: [], blockBytes: () => 0 };
  if (isOneKind(pages)) return oneGroup(pages, 'one');
  const unified = withEqualPages(pages);
  if (unified === null) return oneGroup(pages.map(asFull), 'as-full');
  return hybrid(unified);
}

function isOneKind(pages: readonly PagedLayer[]): boolean {
  const [first] = pages;
  return pages.every(
    ({ kind, window, block }) => kind === first!.kind && window === first!.window && block === first!.block,
  );
}

function oneGroup(pages: readonly PagedLayer[], kind: 'one' | 'as-full'): CacheLayout {
  const { kind: layerKind, window, block } = pages[0]!;
  return {
    kind,
    groups: [{ kind: layerKind, window, block, layers: pages.map(({ layer }) => layer) }],
    blockBytes: (stage) =>
      pages
        .filter(({ layer }) => isOn(layer, stage))
        .reduce((sum, { pageBytes, block: own }) => sum + (pageBytes / own) * block, 0),
  };
}

/** Without groups a sliding layer keeps every token, as the engine does with `--disable-hybrid-kv-cache-manager`. */
function asFull(page: PagedLayer): PagedLayer {
  return { ...page, kind: 'full', window: null };
}

/** Blocks of smaller pages hold more tokens, so that all pages are as large; null where the largest is no multiple. */
function withEqualPages(pages: readonly PagedLayer[]): readonly PagedLayer[] | null {
  const largest = pages.reduce((most, { pageBytes }) => Math.max(most, pageBytes), 0);
  if (pages.some(({ pageBytes }) => largest % pageBytes !== 0)) return null;
  return pages.map((page) => ({
    ...page,
    block: page.block * (largest / page.pageBytes),
    pageBytes: largest,
  }));
}

function hybrid(pages: readonly PagedLayer[]): CacheLayout {
  const kinds = new Map<string, PagedLayer[]>();
  for (const page of pages) {
    const key = `${page.kind} ${page.window} ${page.block}`;
    const known = kinds.get(key);
    if (known === undefined) kinds.set(key, [page]);
    else known.push(page);
  }
  const counts = [...kinds.values()].map(({ length }) => length);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const size = most < least * PADDING_RATIO ? most : least;
  const groups = [...kinds.values()].flatMap((layers) => dealt(layers, Math.ceil(layers.length / size)));
  const page = pages[0]!.pageBytes;
  return {
    kind: 'hybrid',
    groups,
    blockBytes: (stage) =>
      page * Math.max(...groups.map(({ layers }) => layers.filter((layer) => isOn(layer, stage)).length)),
  };
}

/** Layers go round the groups, so that a pipeline's stages get some of each. */
function dealt(pages: readonly PagedLayer[], groups: number): readonly CacheGroup[] {
  const { kind, window, block } = pages[0]!;
  return Array.from({ length: groups }, (_, group) => ({
    kind,
    window,
    block,
    layers: pages.filter((_page, place) => place % groups === group).map(({ layer }) => layer),
  }));
}

function isOn(layer: number, { first, end }: Stage): boolean {
  return layer >= first && layer < end;
}
