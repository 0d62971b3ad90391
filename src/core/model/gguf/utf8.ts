const REPLACEMENT = 0xfffd;
/** String.fromCharCode takes its characters as arguments; engines allow far more than this many. */
const BATCH = 4096;

/** Text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. For short strings: keys, names, labels. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = start; at < end;) {
    const [codePoint, length] = codePointAt(bytes, at, end);
    pushUtf16(units, codePoint);
    at += length;
    if (units.length >= BATCH) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}

function pushUtf16(units: number[], codePoint: number): void {
  if (codePoint < 0x10000) {
    units.push(codePoint);
    return;
  }
  const rest = codePoint - 0x10000;
  units.push(0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
}

function codePointAt(bytes: Uint8Array, at: number, end: number): [codePoint: number, length: number] {
  const first = bytes[at]!;
  if (first < 0x80) return [first, 1];
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > end) return [REPLACEMENT, 1];
  let codePoint = first & (0xff >> (length + 1));
  for (let index = 1; index < length; index++) {
    const next = bytes[at + index]!;
    if ((next & 0xc0) !== 0x80) return [REPLACEMENT, 1];
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  return isEncodable(codePoint, length) ? [codePoint, length] : [REPLACEMENT, 1];
}

/** Whether this many bytes are the shortest form of the character, and it is one. */
function isEncodable(codePoint: number, length: number): boolean {
  const smallest = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return codePoint >= smallest && codePoint <= 0x10ffff && !isSurrogate;
}
