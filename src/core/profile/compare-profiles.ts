import type { Samples } from '../figure';
import type { Comparison, FigureChange } from './comparison';
import { pairRecords, type PlacedRecord, type RecordPair } from './pair-records';
import { whyOtherMachine } from './same-machine';
import type { Profile } from './schema';

type Value = FigureChange['before'];
type Both = Extract<RecordPair, { kind: 'both' }>;

interface Sighting {
  readonly value: Value;
  readonly samples: Samples | null;
  readonly reason: string | null;
}

/** How a figure was measured or why it is chosen as it is: told with each figure, and no change of the machine. */
const SECONDARY: ReadonlySet<string> = new Set([
  'cpu_mem_bw_method',
  'pcie_sampled_under_load',
  'pinnable_capped',
  'pinnable_method',
  'size_gib',
  'vram_source',
]);
/** Differ at every look, and mean nothing by it. */
const MOMENTARY: ReadonlySet<string> = new Set(['ram_available_gib', 'vram_free_mib', 'huge_pages_free']);
/** Timed, as opposed to read: the endings of their names. */
const MEASURED = /_(gbps|mbps|iops|us)$|^context_overhead_mib$/;
const LOWER_IS_BETTER = /_us$|^context_overhead_mib$/;
/**
 * Passes of one session lie closer together than two sessions do (clocks, temperature, where pages come to lie), so a
 * measured figure must move by more than this as well. Chosen: a third of the spread that is flagged as noise.
 */
const LEAST_CHANGE = 0.05;

/**
 * What changed between two profiles. A measured figure has changed where the ranges of its samples do not meet and it
 * moved by more than 5 %; capacities, names and settings where they differ at all; free memory never has. Cards are
 * paired by UUID or address, disks by folder.
 */
export function compareProfiles(before: Profile, after: Profile): Comparison {
  const changes: FigureChange[] = [];
  const other = whyOtherMachine(before.hardware, after.hardware);
  let unchanged = 0;
  for (const pair of pairRecords(before, after)) {
    if (pair.kind !== 'both') {
      changes.push(oneSided(pair));
      continue;
    }
    for (const field of pair.fields) {
      if (SECONDARY.has(field)) continue;
      const change = compareFigure(pair, field, before, after, other === null);
      if (change !== null) changes.push(change);
      else if (pair.after.values[field] != null) unchanged += 1;
    }
  }
  return {
    before: { created: before.created, generator: before.generator },
    after: { created: after.created, generator: after.generator },
    other_machine: other,
    changes,
    unchanged,
  };
}

/** A whole card or disk that only one side has. */
function oneSided(pair: Exclude<RecordPair, { kind: 'both' }>): FigureChange {
  return {
    pointer: pair.record.pointer,
    kind: pair.kind,
    before: pair.kind === 'vanished' ? pair.name : null,
    after: pair.kind === 'appeared' ? pair.name : null,
    change_percent: null,
    spread_percent: null,
    effect: null,
    note: pair.whyNot,
  };
}

/** `judged`: whether to call it better or worse; of two machines none got faster or slower. */
function compareFigure(
  pair: Both,
  field: string,
  before: Profile,
  after: Profile,
  judged: boolean,
): FigureChange | null {
  const was = sightingOf(before, pair.before, field);
  const is = sightingOf(after, pair.after, field);
  if (same(was.value, is.value)) return null;
  const kind = kindOf(field, was, is, linkWasIdle(pair, field));
  const percent = percentOf(was.value, is.value);
  return {
    pointer: `${pair.after.pointer}/${field}`,
    kind,
    before: was.value,
    after: is.value,
    change_percent: percent,
    spread_percent: spreadOf(was, is),
    effect: judged && kind === 'changed' && MEASURED.test(field) ? effectOf(field, percent) : null,
    note: is.value === null ? is.reason : was.value === null ? was.reason : null,
  };
}

function sightingOf(profile: Profile, record: PlacedRecord, field: string): Sighting {
  const provenance = profile.provenance[`${record.pointer}/${field}`];
  const value = (record.values[field] ?? null) as Value;
  return { value, samples: provenance?.samples ?? null, reason: provenance?.reason ?? null };
}

function kindOf(field: string, was: Sighting, is: Sighting, idleLink: boolean): FigureChange['kind'] {
  if (was.value === null) return 'appeared';
  if (is.value === null) return 'vanished';
  if (MOMENTARY.has(field) || idleLink) return 'momentary';
  if (typeof was.value !== 'number' || typeof is.value !== 'number') return 'changed';
  if (!MEASURED.test(field)) return 'changed';
  const moved = Math.abs(is.value - was.value) > LEAST_CHANGE * was.value;
  return moved && !rangesMeet(was, is) ? 'changed' : 'within-spread';
}

/** A link's generation falls while a card idles: only two that were read under load can be held against each other. */
function linkWasIdle({ before, after }: Both, field: string): boolean {
  if (field !== 'pcie_gen') return false;
  return [before, after].some((record) => record.values['pcie_sampled_under_load'] !== true);
}

function rangesMeet(was: Sighting, is: Sighting): boolean {
  const [first, second] = [rangeOf(was), rangeOf(is)];
  return first.min <= second.max && second.min <= first.max;
}

function rangeOf({ value, samples }: Sighting): { readonly min: number; readonly max: number } {
  const own = value as number;
  return { min: Math.min(own, samples?.min ?? own), max: Math.max(own, samples?.max ?? own) };
}

function spreadOf(...sightings: readonly Sighting[]): number | null {
  const spreads = sightings.flatMap(({ samples }) =>
    samples === null || samples.median === 0 ? [] : [(samples.max - samples.min) / samples.median],
  );
  return spreads.length === 0 ? null : oneDecimal(100 * Math.max(...spreads));
}

function percentOf(was: Value, is: Value): number | null {
  if (typeof was !== 'number' || typeof is !== 'number' || was === 0) return null;
  return oneDecimal((100 * (is - was)) / was);
}

function effectOf(field: string, percent: number | null): FigureChange['effect'] {
  if (percent === null) return null;
  return percent > 0 === LOWER_IS_BETTER.test(field) ? 'worse' : 'better';
}

function same(was: Value, is: Value): boolean {
  return JSON.stringify(was) === JSON.stringify(is);
}

function oneDecimal(value: number): number {
  return Math.round(value * 10) / 10;
}
