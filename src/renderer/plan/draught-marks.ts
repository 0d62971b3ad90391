import { GIB, KIB, MIB } from '../../core/units';

export interface DraughtMark {
  readonly bytes: number;
  /** Where it stands, in percent of the bar. */
  readonly at: number;
}

/** As many marks as a narrow bar has room for. */
const MOST_MARKS = 7;

/** Round amounts along a bar that is `length` bytes long, as draught marks stand on a hull; none on a bar of no length. */
export function draughtMarks(length: number): readonly DraughtMark[] {
  if (!(length > 0) || !Number.isFinite(length)) return [];
  const step = roundStep(length / MOST_MARKS);
  const marks: DraughtMark[] = [];
  for (let bytes = step; bytes < length * 0.97; bytes += step)
    marks.push({ bytes, at: (100 * bytes) / length });
  return marks;
}

/** The least of 1, 2, 5, 10, 20, 50, … binary units that is at least `bytes`. */
function roundStep(bytes: number): number {
  const unit = bytes > GIB / 2 ? GIB : bytes > MIB / 2 ? MIB : KIB;
  const power = 10 ** Math.floor(Math.log10(Math.max(bytes / unit, 1)));
  const factor = [1, 2, 5, 10].find((each) => each * power * unit >= bytes) ?? 10;
  return factor * power * unit;
}
