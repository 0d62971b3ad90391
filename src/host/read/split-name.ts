/** A part of a split model by its name: `PREFIX-00002-of-00005.gguf` is part 2 of 5. */
export interface SplitName {
  readonly prefix: string;
  readonly part: number;
  readonly count: number;
}

const pattern = /^(?<prefix>.*)-(?<part>\d{5})-of-(?<count>\d{5})\.gguf$/i;

/** What a path's name says of its place in a split model (llama.cpp: `%s-%05d-of-%05d.gguf`); null for a whole model. */
export function splitNameOf(path: string): SplitName | null {
  const groups = pattern.exec(path)?.groups;
  if (groups === undefined) return null;
  const part = Number(groups.part);
  const count = Number(groups.count);
  return part >= 1 && part <= count ? { prefix: groups.prefix!, part, count } : null;
}

/** Path of one part. */
export function pathOfPart(split: SplitName, part: number): string {
  return `${split.prefix}-${fiveDigits(part)}-of-${fiveDigits(split.count)}.gguf`;
}

function fiveDigits(value: number): string {
  return String(value).padStart(5, '0');
}
