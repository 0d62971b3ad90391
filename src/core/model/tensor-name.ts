/** A tensor's name in two: the block that it says it is of, null for none, and what follows; outside the blocks the whole name. */
export interface TensorName {
  readonly block: number | null;
  readonly rest: string;
}

const PREFIX = 'blk.';
/** llama.cpp loads no model with a block of more digits. */
const MOST_DIGITS = 4;

/** `blk.N.REST` taken apart; anything else has no block. */
export function splitTensorName(name: string): TensorName {
  if (!name.startsWith(PREFIX)) return { block: null, rest: name };
  let block = 0;
  for (let at = PREFIX.length; at <= PREFIX.length + MOST_DIGITS; at++) {
    const digit = name.charCodeAt(at) - ZERO;
    if (digit >= 0 && digit <= 9) block = 10 * block + digit;
    else if (name[at] === '.' && at > PREFIX.length && at + 1 < name.length)
      return { block, rest: name.slice(at + 1) };
    else break;
  }
  return { block: null, rest: name };
}

const ZERO = 48;

/** Names that something is remembered for; they come from files, so there is no end to them. */
const MOST_NAMES = 4096;

/** A function of names alone, worked out once for each: the blocks of a model all have the same few. */
export function rememberedByName<Value>(valueOf: (name: string) => Value): (name: string) => Value {
  const known = new Map<string, Value>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    if (known.size >= MOST_NAMES) known.clear();
    const value = valueOf(name);
    known.set(name, value);
    return value;
  };
}
