import type { z } from 'zod';
import type { intervalSchema } from './schema';

/** What is known of a figure that only a run decides. */
export type Interval = z.infer<typeof intervalSchema>;

/** A figure that is known. */
export function exactly(value: number): Interval {
  return { low: value, likely: value, high: value };
}

/** `from` less `taken`: what is left is least where most is taken. */
export function less(from: number, taken: readonly Interval[]): Interval {
  const sum = (end: keyof Interval): number => taken.reduce((total, part) => total + part[end], 0);
  return { low: from - sum('high'), likely: from - sum('likely'), high: from - sum('low') };
}

/** `work` at every end. It must grow with its argument, or the ends swap. */
export function mapped(interval: Interval, work: (value: number) => number): Interval {
  return { low: work(interval.low), likely: work(interval.likely), high: work(interval.high) };
}

/** The least of each end: what the scarcest card allows. */
export function leastOf(intervals: readonly Interval[]): Interval {
  const least = (end: keyof Interval): number => Math.min(...intervals.map((each) => each[end]));
  return { low: least('low'), likely: least('likely'), high: least('high') };
}
