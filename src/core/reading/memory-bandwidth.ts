import { spreadOf, type Conditions, type Samples } from '../figure';
import type { Finding } from '../finding';
import { GB, KIB, MIB, type Bytes } from '../units';

/** What backed the memory that was read. */
export interface PageKind {
  /** For people: `2 MiB pages`, `4 KiB pages`, `mixed pages`, or `default pages` where the system does not tell. */
  readonly label: string;
  /** Null where mixed or unknown. */
  readonly bytes: Bytes | null;
}

/** When one thread began and ended a pass, in nanoseconds of one clock. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** All passes of one method, page kind and thread count. */
export interface BandwidthSeries {
  /** For people: `memchr`, `WASM SIMD sum`. */
  readonly method: string;
  readonly pages: PageKind;
  readonly threads: number;
  readonly bytesPerThread: Bytes;
  /** 10^9 bytes a second, one a pass. */
  readonly gbps: readonly number[];
}

/** Pages count as of one kind when no more than this share is of the other. */
const STRAY_SHARE = 0.1;
/** A further doubling of threads that brings less has met the memory's limit. */
const LEAST_GAIN = 1.05;
/** Passes further apart than this share of their median were disturbed by something. */
const MOST_SPREAD = 0.15;

/** 10^9 bytes a second of one pass: all bytes over the time from the first start to the last end. Null for a pass without time. */
export function gbpsOf(spans: readonly Span[], bytes: Bytes): number | null {
  const start = Math.min(...spans.map((span) => span.start));
  const end = Math.max(...spans.map((span) => span.end));
  const seconds = (end - start) / 1e9;
  return seconds > 0 ? bytes / seconds / GB : null;
}

/** Names the pages by how many bytes of `total` are in huge ones; a null size or count is not known. */
export function judgePages(
  hugeBytes: Bytes | null,
  total: Bytes,
  sizes: { readonly huge: Bytes | null; readonly small: Bytes | null },
): PageKind {
  if (hugeBytes === null) return pageKind(null);
  const share = hugeBytes / total;
  if (share >= 1 - STRAY_SHARE) return pageKind(sizes.huge);
  if (share <= STRAY_SHARE) return pageKind(sizes.small);
  return { label: 'mixed pages', bytes: null };
}

/** Whether one more step of the sweep pays: by the best pass or by the median, as other work disturbs either. */
export function paysOff(before: readonly BandwidthSeries[], after: readonly BandwidthSeries[]): boolean {
  const gain = (measure: (series: BandwidthSeries) => number) =>
    highest(after, measure) >= highest(before, measure) * LEAST_GAIN;
  return gain(bestOf) || gain(medianOf);
}

/** The series with the best pass; null where none has a pass. */
export function fastest(all: readonly BandwidthSeries[]): BandwidthSeries | null {
  let best: BandwidthSeries | null = null;
  for (const series of all) if (best === null || bestOf(series) > bestOf(best)) best = series;
  return best === null || best.gbps.length === 0 ? null : best;
}

/** `memchr, 2 MiB pages, 8 threads`. */
export function nameSeries(series: BandwidthSeries): string {
  const threads = series.threads === 1 ? '1 thread' : `${series.threads} threads`;
  return `${series.method}, ${series.pages.label}, ${threads}`;
}

/** What the best series was measured under, with the medians of the others beside it. */
export function bandwidthConditions(best: BandwidthSeries, all: readonly BandwidthSeries[]): Conditions {
  const others = all.filter((series) => series !== best && series.gbps.length > 0);
  return {
    threads: best.threads,
    buffer_mib: best.bytesPerThread / MIB,
    page_kib: best.pages.bytes === null ? null : best.pages.bytes / KIB,
    statistic: 'best pass',
    ...Object.fromEntries(others.map((series) => [`median: ${nameSeries(series)}`, round(medianOf(series))])),
  };
}

/** Warns of passes that lie far apart. */
export function bandwidthFindings(samples: Samples): readonly Finding[] {
  const spread = (samples.max - samples.min) / samples.median;
  if (spread <= MOST_SPREAD) return [];
  return [
    {
      severity: 'warning',
      code: 'bandwidth-noisy',
      path: '/hardware/memory/cpu_mem_bw_gbps',
      message: `Memory bandwidth varied by ${Math.round(spread * 100)} % while it was measured (${round(samples.min)} to ${round(samples.max)} GB/s).`,
      remedy: 'Measure again on mains power, with nothing else running.',
    },
  ];
}

/** Tells that huge pages could not be asked for, so that a reader with them may be faster than the figure; null: they were. */
export function hugePageFindings(refusal: string | null): readonly Finding[] {
  if (refusal === null) return [];
  return [
    {
      severity: 'info',
      code: 'huge-pages-unavailable',
      path: '/hardware/memory/cpu_mem_bw_gbps',
      message: `Memory was read on the kernel's default pages only: ${refusal}.`,
      remedy:
        'Reinstall with optional dependencies (npm ci --include=optional) to measure on huge pages as well.',
    },
  ];
}

/** Three decimals: far finer than the spread. */
export function round(gbps: number): number {
  return Math.round(gbps * 1000) / 1000;
}

function bestOf(series: BandwidthSeries): number {
  return Math.max(0, ...series.gbps);
}

function medianOf(series: BandwidthSeries): number {
  return spreadOf(series.gbps)?.median ?? 0;
}

function highest(all: readonly BandwidthSeries[], measure: (series: BandwidthSeries) => number): number {
  return Math.max(0, ...all.map(measure));
}

function pageKind(bytes: Bytes | null): PageKind {
  if (bytes === null) return { label: 'default pages', bytes };
  return { label: bytes >= MIB ? `${bytes / MIB} MiB pages` : `${bytes / KIB} KiB pages`, bytes };
}
