import { spreadOf } from '../figure';

/** Rows further off than this many scales weigh less (Huber: 95 % as good as least squares on clean data). */
const GENTLE_REACH = 1.345;
/** Tukey's bisquare: rows further off than this many scales count nothing (as good on clean data). */
const REACH = 4.685;
/** Starts on a quiet machine differ by this much (standard deviation): where few rows agree better it is by chance. */
const LEAST_SCALE = 0.05;

/** How far each row is believed by its error, log(measured / fitted): the further off the less, and none nothing. */
export function weighGently(errors: readonly number[]): readonly number[] {
  const near = GENTLE_REACH * scaleOf(errors);
  return errors.map((error) => Math.min(1, near / Math.abs(error)));
}

/** The same, with nothing for rows that contradict all others. */
export function believe(errors: readonly number[]): readonly number[] {
  const scale = scaleOf(errors);
  return errors.map((error) => {
    const far = error / (REACH * scale);
    return Math.abs(far) >= 1 ? 0 : (1 - far * far) ** 2;
  });
}

/** Errors around their median, where nothing was fitted yet. */
export function centred(errors: readonly number[]): readonly number[] {
  const middle = spreadOf(errors)?.median ?? 0;
  return errors.map((error) => error - middle);
}

function scaleOf(errors: readonly number[]): number {
  const median = spreadOf(errors.map(Math.abs))?.median ?? 0;
  // 1.4826 makes the median deviation of a normal distribution its standard deviation
  return Math.max(LEAST_SCALE, 1.4826 * median);
}
