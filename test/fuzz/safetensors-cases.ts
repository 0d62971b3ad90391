import { headerOf, llamaWeights, writeHeader } from '../core/model/safetensors/write-safetensors';
import { extremes, type Random } from './random';

const pieces = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  'null',
  '-1',
  '1e9',
  '0.5',
  '"a"',
  '   ',
  '\0',
];
const dtypes = ['BF16', 'F16', 'F32', 'F4', 'F6_E2M3', 'F8_E4M3', 'BOOL', 'C64', 'Q4_K', '', '__proto__'];
const fields = ['dtype', 'shape', 'data_offsets', 'extra', '__proto__'];

/** A header whose JSON was changed where it counts: numbers, types, names, brackets, or the length before it. */
export function brokenSafetensors(random: Random): Uint8Array {
  const { json, dataBytes } = headerOf(llamaWeights({ layers: 1 + random.below(3) }));
  let text = json;
  for (let changes = random.below(4); changes >= 0; changes--) text = changeOnce(text, random);
  const length = random.chance(0.1) ? BigInt.asUintN(64, random.pick(extremes)) : null;
  return writeHeader(text, random.chance(0.8) ? dataBytes : random.below(100), length);
}

function changeOnce(text: string, random: Random): string {
  switch (random.below(7)) {
    case 0:
      return replaceOne(text, /\d+/g, String(random.pick(extremes)), random);
    case 1:
      return replaceOne(text, /"(BF16|F32)"/g, JSON.stringify(random.pick(dtypes)), random);
    case 2:
      return replaceOne(text, /"(dtype|shape|data_offsets)"/g, JSON.stringify(random.pick(fields)), random);
    case 3:
      return replaceOne(text, /[{}[\],:"]/g, random.pick(pieces), random);
    case 4:
      return replaceOne(text, /"[^"]*layers[^"]*"/g, '"model.norm.weight"', random);
    case 5:
      return replaceOne(
        text,
        /\{"dtype".*?\}/g,
        random.pick(['{}', '[]', '['.repeat(2000), '7', '""']),
        random,
      );
    default:
      return (
        text.slice(0, random.below(text.length)) + random.pick(pieces) + text.slice(random.below(text.length))
      );
  }
}

function replaceOne(text: string, pattern: RegExp, by: string, random: Random): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const { 0: match, index } = random.pick(found);
  return text.slice(0, index) + by + text.slice(index + match.length);
}
