import { InvalidArgumentError } from 'commander';

/** A parser for whole numbers in a range; the messages say the range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** A parser for numbers of at least `least`, and at most `most`. */
export function numberFrom(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least)) throw new InvalidArgumentError(`It must be a number of at least ${least}.`);
    if (value > most) throw new InvalidArgumentError(`It must be a number of at most ${most}.`);
    return value;
  };
}

/** A parser for numbers above zero. */
export function positiveNumber(text: string): number {
  const value = numberFrom(0)(text);
  if (value === 0) throw new InvalidArgumentError('It must be above zero.');
  return value;
}

/** Collects the values of an option that may be given more than once. */
export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}
